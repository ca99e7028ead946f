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

/** Alarms fire until the index knows what an alarm has found; then the next is that of the run. */
const alarmsUntil = (stub: ReturnType<typeof executionOf>, at: number): Promise<void> =>
  vi.waitFor(async () => {
    await runDurableObjectAlarm(stub)
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBe(at)
  }, soon)

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

  it('N4 N6 N12 between all steps of a talk: signals, settlements and requests are there, once', patient, async () => {
    const organisation = await Organisation.create()
    // It may be out of memory already: nobody has asked it anything since.
    const evict = () => evictDurableObject(executionOf(organisation, 'a')).catch(() => undefined)
    const post = async (path: string, body: object = {}) => {
      const answer = await organisation.call('POST', `/workflow-executions/a/${path}`, body)
      await evict()
      return answer
    }
    const peer = await organisation.connect({ slots: { workflow: 0, task: 0 } })
    const first = { kind: 'flow', id: 'a', signal: { name: 'news', payload: 1, signalId: 's-1' } }
    await organisation.call('POST', '/workflow-executions/signal-with-start', first)
    await evict()
    expect(await organisation.call('POST', '/workflow-executions/signal-with-start', first)).toMatchObject({ sequence: 2 })
    expect(await post('signals/news', { payload: 2, signalId: 's-2' })).toEqual({ sequence: 3 })
    expect(await post('signals/news', { payload: 2, signalId: 's-2' })).toEqual({ sequence: 3 })
    expect(await post('promises/early/resolve', { value: 'kept' })).toEqual({ sequence: 3 })
    expect(await post('promises/early/resolve', { value: 'late' })).toEqual({ alreadySettled: true })
    await post('pause')
    await post('pause')
    await post('cancel', { reason: 'enough' })
    await post('cancel', { reason: 'again' })
    expect(await organisation.describe('a')).toMatchObject({ status: 'PAUSED', paused: true, cancelRequested: true })
    peer.say({ type: 'slots', workflow: 3, task: 0 })
    await post('resume')
    const activation = await peer.next('activation')
    await evict()
    const commands = [
      { type: 'CREATE_PROMISE', promiseId: 'promise-1', name: 'early' },
      { type: 'CREATE_PROMISE', promiseId: 'promise-2', name: 'late', timeoutMs: 600_000 },
      { type: 'SET_STATE', key: 'stage', value: 'waiting' },
      { type: 'SET_ATTRIBUTES', attributes: { colour: 'red' } },
    ]
    await peer.answer(activation, commands, { awaiting: [{ type: 'signal', name: 'more' }] })
    await evict()
    expect(await organisation.describe('a')).toMatchObject({
      status: 'CANCELLING',
      attributes: { colour: 'red' },
      awaiting: [
        { type: 'promise', id: 'promise-2', name: 'late', due: expect.any(Number) },
        { type: 'signal', name: 'more', since: expect.any(Number) },
      ],
    })
    expect(await organisation.call('GET', '/workflow-executions/a/state')).toEqual({ items: { stage: 'waiting' } })
    expect((await organisation.events('a')).slice(1, -1)).toMatchObject([
      { type: 'SIGNAL_RECEIVED', data: { payload: 1 } },
      { type: 'SIGNAL_RECEIVED', data: { payload: 2 } },
      { type: 'WORKFLOW_PAUSED' },
      { type: 'CANCELLATION_REQUESTED', data: { reason: 'enough' } },
      { type: 'WORKFLOW_RESUMED' },
      { type: 'PROMISE_CREATED', data: { name: 'early' } },
      { type: 'PROMISE_RESOLVED', data: { name: 'early', value: 'kept' } },
      { type: 'PROMISE_CREATED', data: { name: 'late' } },
      { type: 'STATE_SET' },
      { type: 'ATTRIBUTES_SET' },
    ])
    // What was kept has woken the run.
    await peer.answer(await peer.next('activation'), [])
    expect(await post('promises/late/reject', { failure: { type: 'X', message: 'no' } })).toEqual({ sequence: 14 })
    const next = await peer.next('activation')
    expect(next.events.at(-1)).toMatchObject({ type: 'PROMISE_REJECTED', data: { name: 'late' } })
    await evict()
    await peer.answer(next, [complete])
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED' })
  })

  it('a promise that is due while its execution is evicted times out, and wakes the run', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('a')
    const command = { type: 'CREATE_PROMISE', promiseId: 'promise-1', name: 'approval', timeoutMs: 300 }
    await peer.answer(await peer.next('activation'), [command])
    await evictDurableObject(executionOf(organisation, 'a'))
    const woken = await peer.next('activation')
    expect(woken.events.at(-1)).toMatchObject({ type: 'PROMISE_TIMED_OUT', data: { promiseId: 'promise-1' } })
  })

  it(
    'N2 N3 10,000 timers and a sleep of ten years are behind one alarm, the earliest, also after a restart',
    patient,
    async () => {
      const organisation = await Organisation.create()
      const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
      await organisation.start('a')
      const alarmAt = () => runInDurableObject(executionOf(organisation, 'a'), (_, { storage }) => storage.getAlarm())
      const tenYears = Date.now() + 10 * 365 * 86_400_000
      const hour = Date.now() + 3_600_000
      const timers = Array.from({ length: 9_999 }, (_, n) => ({
        type: 'START_TIMER',
        timerId: `timer-${n + 1}`,
        fireAt: hour + ((n * 7_919) % 9_999) * 1_000,
      }))
      const sleep = { type: 'START_TIMER', timerId: 'timer-10000', fireAt: tenYears }
      await peer.answer(await peer.next('activation'), [sleep, ...timers])
      await abortAllDurableObjects()
      await alarmsUntil(executionOf(organisation, 'a'), hour)
      await abortAllDurableObjects()
      expect((await organisation.describe('a')).awaiting).toHaveLength(10_000)
      expect(await alarmAt()).toBe(hour)
      const timersOf = async () => (await organisation.events('a')).filter(({ type }) => type === 'TIMER_FIRED')
      expect(await timersOf()).toEqual([])
    },
  )

  it('a sleep of ten years keeps its time over restarts', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const fireAt = Date.now() + 10 * 365 * 86_400_000
    await peer.answer(await peer.next('activation'), [{ type: 'START_TIMER', timerId: 'timer-1', fireAt }])
    for (let restart = 0; restart < 3; restart += 1) {
      await abortAllDurableObjects()
      await alarmsUntil(executionOf(organisation, 'a'), fireAt)
    }
    expect((await organisation.describe('a')).awaiting).toMatchObject([{ type: 'timer', id: 'timer-1', due: fireAt }])
  })
})
