/** Objects die between any two steps, and all goes on: N1, N2, W15, L8. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName, queueObjectName } from '../../durable/stubs.ts'
import { done, Organisation, type Peer, scheduled, scheduledMany, type TaskWork } from './peer.ts'

const bindings: Env = env
const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))
const queueOf = (organisation: Organisation) => bindings.TASK_QUEUE.getByName(queueObjectName(organisation.name, 'default', 0))

const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }
const complete = { type: 'COMPLETE_WORKFLOW', output: 'joined' }

/** Takes what is pushed and answers it: joins `n` tasks. `between` runs before each answer and after it. */
async function join(organisation: Organisation, peer: Peer, id: string, n: number, between: () => Promise<void>): Promise<void> {
  const answered = new Set<string>()
  const isOver = async (): Promise<boolean> => (await organisation.describe(id)).closedAt !== undefined
  while (!(await isOver())) {
    const message = await peer.nextOf(['activation', 'task'])
    await between()
    if (message.type === 'task') {
      peer.say({ type: 'slots', workflow: 0, task: 1 })
      await peer.report([done(message)])
      await between()
      continue
    }
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    const first = message.events.every(({ type }) => type === 'WORKFLOW_STARTED')
    const completed = new Set(message.events.flatMap((event) => (event.type === 'TASK_COMPLETED' ? [event.data.taskId] : [])))
    const commands = first ? scheduledMany(n) : completed.size === n ? [complete] : []
    if (answered.has(message.token + message.activationId)) continue
    answered.add(message.token + message.activationId)
    await peer.answer(message, commands).catch((error: { code?: string }) => {
      if (error.code !== 'stale_attempt' && error.code !== 'already_closed') throw error
    })
    await between()
  }
}

async function expectJoined(organisation: Organisation, id: string, n: number): Promise<void> {
  expect(await organisation.describe(id)).toMatchObject({ status: 'COMPLETED', output: 'joined' })
  const events = await organisation.events(id)
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
  expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(n)
  expect(events.filter(({ type }) => type === 'TASK_SCHEDULED')).toHaveLength(n)
}

describe('evictions', () => {
  it('N1 W15 the execution is evicted between all steps', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 3, task: 3 } })
    await organisation.start('a')
    await evictDurableObject(executionOf(organisation, 'a'))
    await join(organisation, peer, 'a', 5, () => evictDurableObject(executionOf(organisation, 'a')).catch(() => undefined))
    await expectJoined(organisation, 'a', 5)
  })

  it('N1 W15 the queue hibernates between all steps', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 3, task: 3 } })
    await organisation.start('a')
    await join(organisation, peer, 'a', 5, () => evictDurableObject(queueOf(organisation)).catch(() => undefined))
    await expectJoined(organisation, 'a', 5)
  })

  it('N1 N2 dies between commit and offer: the alarm is at most 5 s away and offers again', patient, async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    const before = Date.now()
    const alarmAt = await runInDurableObject(executionOf(organisation, 'a'), (_, { storage }) => storage.getAlarm())
    expect(alarmAt).not.toBeNull()
    expect(alarmAt ?? 0).toBeLessThanOrEqual(before + 5_000)
    await abortAllDurableObjects()
    const peer = await organisation.connect()
    await runDurableObjectAlarm(executionOf(organisation, 'a'))
    expect(await peer.next('activation')).toMatchObject({ executionId: 'a', activationId: 'activation-1' })
  })

  it('N2 an alarm that is run twice by force fires a timer once', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), [{ type: 'START_TIMER', timerId: 'timer-1', durationMs: 1 }])
    await peer.next('activation')
    await runDurableObjectAlarm(executionOf(organisation, 'a'))
    await runDurableObjectAlarm(executionOf(organisation, 'a'))
    const events = await organisation.events('a')
    expect(events.filter(({ type }) => type === 'TIMER_FIRED')).toHaveLength(1)
  })

  it('N3 a timer survives the eviction of its execution and wakes the run', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), [{ type: 'START_TIMER', timerId: 'timer-1', durationMs: 300 }])
    await evictDurableObject(executionOf(organisation, 'a'))
    const woken = await peer.next('activation')
    expect(woken.events.at(-1)).toMatchObject({ type: 'TIMER_FIRED' })
  })

  it('W11 a retry is due at the same time after an eviction, and is made once', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 5 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), [scheduled(1, { retry: { initialIntervalMs: 200 } })])
    const task: TaskWork = await peer.next('task')
    const { executionId, run, taskId, token } = task
    await peer.report([{ type: 'task', executionId, run, id: taskId, token, failure: { type: 'Oops', message: 'no' } }])
    await evictDurableObject(executionOf(organisation, 'a'))
    const again = await peer.next('task')
    expect(again).toMatchObject({ taskId: 'task-1', attempt: 2 })
    const described = () => organisation.call('GET', '/workflow-executions/a/tasks/task-1')
    const attempts = [{ attempt: 1, outcome: 'FAILED', failure: { type: 'Oops' }, workerId: 'w1' }, { attempt: 2 }]
    await vi.waitFor(async () => expect(await described()).toMatchObject({ status: 'RUNNING', attempt: 2, attempts }), soon)
  })

  it('the same requestId again gets the same reply, with the work that it carried, marked as a repeat', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const reply = await peer.answer(await peer.next('activation'), scheduledMany(2), { accept: peer.accept(0, 1) })
    const [task] = reply.tasks as TaskWork[]
    if (task === undefined) throw new Error('no task was carried')
    const backlog = async () => (await organisation.call('GET', '/queues/default')).backlog
    await vi.waitFor(async () => expect(await backlog()).toMatchObject([{ kind: 'work', count: 1 }]), soon)
    const more = { requestId: 'again', accept: peer.accept(0, 1) }
    const once = await peer.report([done(task)], more)
    const twice = await peer.report([done(task)], more)
    expect(once.executions['a']?.tasks).toMatchObject([{ taskId: 'task-2' }])
    expect(twice.executions['a']).toEqual({ ...once.executions['a'], duplicate: true })
  })
})
