/** `handOver` over real objects: the worker goes, the attempt stays, and whoever has its token completes it. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName, queueObjectName } from '../../durable/stubs.ts'
import { Organisation, type Peer, scheduled, type TaskWork } from './peer.ts'

const bindings: Env = env
const soon = { timeout: 20_000, interval: 20 }
const patient = { timeout: 60_000 }
const door = (what: string): string => `/workflow-executions/a/tasks/task-1/${what}`

const handOver = (peer: Peer, { executionId, run, taskId: id, token }: TaskWork) =>
  peer.report([{ type: 'heartbeat', executionId, run, id, token, handedOver: true }])

/** Tasks that a worker has, as the queue sees it. */
async function heldTasks(organisation: Organisation): Promise<string[]> {
  const { items } = await organisation.call('GET', '/workers')
  const ids: string[] = items.flatMap(({ held }: { held: { id: string }[] }) => held.map(({ id }) => id))
  return ids.filter((id) => id.startsWith('task-'))
}

/** A run whose only task the worker has, and then has no longer; another worker keeps the workflow. */
async function handedOver(more: object = {}) {
  const organisation = await Organisation.create()
  const lead = await organisation.connect({ workerId: 'lead', tasks: [], slots: { workflow: 5, task: 0 } })
  const worker = await organisation.connect({ workerId: 'w1', workflows: [], slots: { workflow: 0, task: 1 } })
  await organisation.start('a')
  await lead.answer(await lead.next('activation'), [scheduled(1, more)])
  const task = await worker.next('task')
  expect((await handOver(worker, task)).results).toEqual([{ ok: true }])
  return { organisation, lead, worker, task }
}

async function evict(organisation: Organisation): Promise<void> {
  const execution = bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'a'))
  const queue = bindings.TASK_QUEUE.getByName(queueObjectName(organisation.name, 'default', 0))
  for (const object of [execution, queue]) await evictDurableObject(object).catch(() => undefined)
}

describe('a task that was handed over', () => {
  it('has no worker, and says so; the queue has forgotten it', patient, async () => {
    const { organisation } = await handedOver()
    await vi.waitFor(async () => expect(await heldTasks(organisation)).toEqual([]), soon)
    expect((await organisation.describe('a')).awaiting).toMatchObject([
      { type: 'task', id: 'task-1', why: 'attempt 1 was handed over: whoever has its token completes it' },
    ])
    expect(await organisation.call('GET', '/workflow-executions/a/tasks/task-1')).toMatchObject({ status: 'RUNNING', attempt: 1 })
  })

  it.each(['awake', 'evicted'])('its worker is gone for good: completed by its token, objects %s', patient, async (objects) => {
    const { organisation, lead, worker, task } = await handedOver()
    if (objects === 'evicted') await evict(organisation)
    worker.close()
    await vi.waitFor(
      async () => expect((await organisation.call('GET', '/workers')).items).toMatchObject([{ workerId: 'lead' }]),
      soon,
    )
    if (objects === 'evicted') await evict(organisation)
    const other = await organisation.connect({ workerId: 'w2', workflows: [], slots: { workflow: 0, task: 1 } })
    const answer = await organisation.call('POST', door('complete'), { token: task.token, output: 'signed' })
    expect(answer).toMatchObject({ lastSequence: 4 })
    expect(await organisation.call('POST', door('complete'), { token: task.token, output: 'signed' })).toMatchObject({
      duplicate: true,
    })
    const activation = await lead.next('activation')
    expect(activation.events.at(-1)).toMatchObject({ type: 'TASK_COMPLETED', data: { attempt: 1, output: 'signed' } })
    expect(other.received.map(({ type }) => type)).toEqual(['welcome'])
  })

  it('fails by its token, and is tried again by a worker, under another token', patient, async () => {
    const { organisation, worker, task } = await handedOver({ retry: { initialIntervalMs: 0 } })
    await organisation.call('POST', door('fail'), { token: task.token, failure: { type: 'Refused', message: 'no' } })
    worker.say({ type: 'slots', workflow: 0, task: 1 })
    const again = await worker.next('task')
    expect(again).toMatchObject({ taskId: 'task-1', attempt: 2 })
    await expect(organisation.call('POST', door('complete'), { token: task.token })).rejects.toMatchObject({
      code: 'stale_attempt',
    })
  })

  it('W13 beats by its token: details reach a reader, and the next attempt', patient, async () => {
    const { organisation, worker, task } = await handedOver({ retry: { initialIntervalMs: 0 } })
    const beat = (token: string, details?: unknown) => organisation.call('POST', door('heartbeat'), { token, details })
    expect(await beat(task.token, { page: 7 })).toEqual({ cancelRequested: false })
    await evict(organisation)
    expect(await organisation.call('GET', '/workflow-executions/a/tasks/task-1')).toMatchObject({ lastHeartbeat: { page: 7 } })
    await organisation.call('POST', door('fail'), { token: task.token, failure: { type: 'Refused', message: 'no' } })
    worker.say({ type: 'slots', workflow: 0, task: 1 })
    expect(await worker.next('task')).toMatchObject({ attempt: 2, lastHeartbeat: { page: 7 } })
  })

  it('W14 a cancellation is told by the heartbeat, and taken by an answer of type CANCELLED', patient, async () => {
    const { organisation, lead, task } = await handedOver()
    await organisation.call('POST', '/workflow-executions/a/cancel', {})
    await lead.answer(await lead.next('activation'), [{ type: 'CANCEL_TASK', taskId: 'task-1' }])
    expect(await organisation.call('POST', door('heartbeat'), { token: task.token })).toEqual({ cancelRequested: true })
    const failure = { type: 'CANCELLED', message: 'as asked' }
    await organisation.call('POST', door('fail'), { token: task.token, failure })
    expect((await organisation.events('a')).at(-1)).toMatchObject({ type: 'TASK_CANCELLED' })
  })

  it('by the door too: a polling worker gives it up before its lease ends', patient, async () => {
    const organisation = await Organisation.create()
    const lead = await organisation.connect({ workerId: 'lead', tasks: [], slots: { workflow: 5, task: 0 } })
    await organisation.start('a')
    await lead.answer(await lead.next('activation'), [scheduled(1)])
    const poll = { workerId: 'p1', workflows: [], tasks: ['work'], accept: { workflow: 0, task: 1 }, waitMs: 20_000 }
    const { tasks } = await organisation.call('POST', '/queues/default/poll', poll)
    const { token } = tasks[0]
    expect(await organisation.call('POST', door('heartbeat'), { token, handedOver: true })).toEqual({ cancelRequested: false })
    expect((await organisation.describe('a')).awaiting).toMatchObject([{ why: expect.stringContaining('handed over') }])
    await organisation.call('POST', door('complete'), { token })
    expect((await organisation.events('a')).at(-1)).toMatchObject({ type: 'TASK_COMPLETED', data: { attempt: 1 } })
  })
})
