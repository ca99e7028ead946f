/** Flows on real objects: saved, started, run by task workers alone; objects die between any two steps. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { executionName } from '../../durable/stubs.ts'
import type { Report } from '../../schemas/reports.ts'
import { done, Organisation, type Peer, type TaskWork } from './peer.ts'

const bindings: Env = env
const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))

const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }

const thumbnails = {
  flow: 'thumbnails',
  input: { type: 'object', required: ['files'] },
  tasks: {
    resize: {
      task: 'resize',
      with_items: { in: '{{ input.files }}', as: 'file', key: '{{ file.key }}' },
      concurrency: 3,
      retry: { maximumAttempts: 3, initialInterval: '10ms' },
      input: { key: '{{ file.key }}', ordinal: '{{ index }}' },
      next: [{ publish: { made: '{{ result() }}' }, do: ['report'] }],
    },
    report: { task: 'report', input: '{{ vars.made }}' },
  },
  output: '{{ tasks.report.output }}',
}

const files = Array.from({ length: 4 }, (_, index) => ({ key: `f${index}` }))
const kinds = { workflows: [], tasks: ['resize', 'report', 'wait', 'sub'] }

const save = (organisation: Organisation, flow: { flow: string; [key: string]: unknown }) =>
  organisation.call('PUT', `/flows/${flow.flow}`, flow)
const start = (organisation: Organisation, id: string, kind: string, input?: unknown) =>
  organisation.call('POST', '/workflow-executions', { kind, id, ...(input !== undefined && { input }) })
const isOver = async (organisation: Organisation, id: string) => (await organisation.describe(id)).closedAt !== undefined

const failed = ({ executionId, run, taskId, token }: TaskWork): Report => ({
  type: 'task',
  executionId,
  run,
  id: taskId,
  token,
  failure: { type: 'Oops', message: 'no' },
})

/** Does what is pushed, each task failing its first time, until the execution is over. */
async function work(organisation: Organisation, peer: Peer, id: string, between: () => Promise<void>): Promise<void> {
  while (!(await isOver(organisation, id))) {
    const task = await peer.next('task')
    await between()
    const isFirst = task.kind === 'resize' && task.attempt === 1
    const output = task.kind === 'resize' ? (task.input as never) : (['reported', task.input] as never)
    await peer.report([isFirst ? failed(task) : done(task, output)])
    peer.say({ type: 'slots', workflow: 0, task: 1 })
    await between()
  }
}

describe('flows', () => {
  it('a flow is saved, started, and run to its end by a task worker', patient, async () => {
    const organisation = await Organisation.create()
    await save(organisation, thumbnails)
    const peer = await organisation.connect({ ...kinds, slots: { workflow: 0, task: 10 } })
    await start(organisation, 'a', 'flow:thumbnails', { files })
    await work(organisation, peer, 'a', async () => undefined)
    const reported = files.map(({ key }, ordinal) => ({ key, ordinal }))
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED', output: ['reported', reported] })
    const events = await organisation.events('a')
    expect(events.filter(({ type }) => type === 'FLOW_TASK_CLOSED').map(({ data }) => data)).toMatchObject([
      {
        task: 'resize',
        visit: 1,
        outcome: 'succeeded',
        counters: { succeeded: 4, failed: 0, total: 4 },
        published: { made: reported },
      },
      { task: 'report', visit: 1, outcome: 'succeeded', fired: [] },
    ])
  })

  it('N1 S9 the execution is evicted between all steps of a fan-out with retries: the same outcome', patient, async () => {
    const organisation = await Organisation.create()
    await save(organisation, thumbnails)
    const peer = await organisation.connect({ ...kinds, slots: { workflow: 0, task: 3 } })
    await start(organisation, 'a', 'flow:thumbnails', { files })
    await work(organisation, peer, 'a', () => evictDurableObject(executionOf(organisation, 'a')).catch(() => undefined))
    const reported = files.map(({ key }, ordinal) => ({ key, ordinal }))
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED', output: ['reported', reported] })
    const events = await organisation.events('a')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    const scheduled = events.filter(({ type }) => type === 'TASK_SCHEDULED').map(({ data }) => data['flow'])
    expect(scheduled).toMatchObject([
      ...files.map(({ key }, index) => ({ task: 'resize', visit: 1, index, key })),
      { task: 'report' },
    ])
    expect(events.filter(({ type }) => type === 'FLOW_TASK_CLOSED')).toHaveLength(2)
  })

  it('S9 all completions in one request, each twice: the successor starts once', patient, async () => {
    const organisation = await Organisation.create()
    const { resize, report } = thumbnails.tasks
    await save(organisation, { ...thumbnails, tasks: { resize: { ...resize, concurrency: 0 }, report } })
    const peer = await organisation.connect({ ...kinds, slots: { workflow: 0, task: 4 } })
    await start(organisation, 'a', 'flow:thumbnails', { files })
    const tasks: TaskWork[] = []
    while (tasks.length < files.length) tasks.push(await peer.next('task'))
    const { results } = await peer.report(tasks.toReversed().flatMap((task) => [done(task), done(task)]))
    expect(results).toEqual(tasks.flatMap(() => [{ ok: true }, { ok: true, duplicate: true }]))
    const scheduled = async () => (await organisation.events('a')).filter(({ type }) => type === 'TASK_SCHEDULED')
    expect((await scheduled()).map(({ data }) => data['kind'])).toEqual([...files.map(() => 'resize'), 'report'])
    const path = '/workflow-executions/a/tasks?task=resize&limit=3'
    expect(await organisation.call('GET', path)).toMatchObject({
      task: 'resize',
      status: 'succeeded',
      counters: { succeeded: 4, total: 4 },
      items: [0, 1, 2].map((index) => ({ index, key: `f${index}`, status: 'succeeded', attempts: 1, output: 1 })),
      nextCursor: '3',
    })
    expect((await organisation.call('GET', `${path}&cursor=3`)).items).toHaveLength(1)
    await expect(organisation.call('GET', '/workflow-executions/a/tasks?task=none')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('waits with a timer over an eviction; signals; cancel; pause', patient, async () => {
    const organisation = await Organisation.create()
    await save(organisation, {
      flow: 'approval',
      tasks: {
        approve: {
          wait_for: { signal: 'yes' },
          timeout: '300ms',
          next: [
            { when: '{{ succeeded() }}', publish: { by: '{{ result().by }}' } },
            { when: '{{ timed_out() }}', publish: { by: 'nobody' } },
          ],
        },
      },
      vars: { by: 'unknown' },
      output: '{{ vars.by }}',
    })
    await start(organisation, 'late', 'flow:approval')
    await evictDurableObject(executionOf(organisation, 'late'))
    await vi.waitFor(
      async () => expect(await organisation.describe('late')).toMatchObject({ status: 'COMPLETED', output: 'nobody' }),
      soon,
    )
    const signalled = { kind: 'flow:approval', id: 'early', signal: { name: 'yes', payload: { by: 'me' } } }
    await organisation.call('POST', '/workflow-executions/signal-with-start', signalled)
    expect(await organisation.describe('early')).toMatchObject({ status: 'COMPLETED', output: 'me' })
    await start(organisation, 'cancelled', 'flow:approval')
    expect(await organisation.describe('cancelled')).toMatchObject({
      status: 'WAITING',
      awaiting: expect.arrayContaining([expect.objectContaining({ type: 'signal', name: 'yes' })]),
    })
    await organisation.call('POST', '/workflow-executions/cancelled/pause', {})
    await organisation.call('POST', '/workflow-executions/cancelled/cancel', {})
    expect(await organisation.describe('cancelled')).toMatchObject({ status: 'PAUSED' })
    await evictDurableObject(executionOf(organisation, 'cancelled'))
    await organisation.call('POST', '/workflow-executions/cancelled/resume', {})
    expect(await organisation.describe('cancelled')).toMatchObject({ status: 'CANCELLED' })
  })

  it(
    'N12 F14 a child flow is started with its own copy and what is written as its input, and is told of once',
    patient,
    async () => {
      const organisation = await Organisation.create()
      await save(organisation, {
        flow: 'inner',
        tasks: { sub: { task: 'sub', input: '{{ execution.flow }}' } },
        output: '{{ [input, tasks.sub.output] }}',
      })
      await save(organisation, {
        flow: 'outer',
        tasks: {
          each: {
            flow: 'inner',
            with_items: '{{ input.list }}',
            concurrency: 2,
            input: { n: '{{ item }}' },
            next: [{ publish: { all: '{{ result() }}' } }],
          },
        },
        output: '{{ vars.all }}',
        vars: { all: [] },
      })
      const peer = await organisation.connect({ ...kinds, slots: { workflow: 0, task: 10 } })
      await start(organisation, 'a', 'flow:outer', { list: [1, 2, 3] })
      for (let n = 0; n < 3; n += 1) {
        const task = await peer.next('task')
        await evictDurableObject(executionOf(organisation, 'a')).catch(() => undefined)
        await peer.report([done(task, 'ok' as never)])
      }
      await vi.waitFor(() => isOver(organisation, 'a').then((over) => expect(over).toBe(true)), soon)
      expect(await organisation.describe('a')).toMatchObject({
        status: 'COMPLETED',
        output: [1, 2, 3].map((n) => [{ n }, 'ok']),
      })
    },
  )

  it('a child flow that is not there fails its task', patient, async () => {
    const organisation = await Organisation.create()
    await save(organisation, { flow: 'outer', tasks: { a: { flow: 'none' } } })
    await start(organisation, 'a', 'flow:outer')
    await vi.waitFor(async () => expect(await organisation.describe('a')).toMatchObject({ status: 'FAILED' }), soon)
    expect((await organisation.describe('a')).failure).toMatchObject({ type: 'FLOW_TASK_FAILED', cause: { type: 'not_found' } })
  })

  it('a promise that was settled before its task waits for it counts', patient, async () => {
    const organisation = await Organisation.create()
    await save(organisation, {
      flow: 'promised',
      tasks: { before: { task: 'wait', next: [{ do: ['hold'] }] }, hold: { wait_for: { promise: 'paid' } } },
      output: '{{ tasks.hold.output }}',
    })
    const peer = await organisation.connect({ ...kinds, slots: { workflow: 0, task: 1 } })
    await start(organisation, 'a', 'flow:promised')
    await organisation.call('POST', '/workflow-executions/a/promises/paid/resolve', { value: { sum: 5 } })
    await peer.report([done(await peer.next('task'))])
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED', output: { sum: 5 } })
    await runDurableObjectAlarm(executionOf(organisation, 'a'))
  })
})
