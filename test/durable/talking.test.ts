/** Signals, promises, pause, cancellation and state over a real disk, a real queue and a worker's socket. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { executionName } from '../../durable/stubs.ts'
import { WorkflowExecution } from '../../durable/workflow-execution.ts'
import { type Activation, done, Organisation, type Peer, scheduled } from './peer.ts'

const complete = { type: 'COMPLETE_WORKFLOW', output: 'over' }
const promise = (n: number, name = 'approval') => ({ type: 'CREATE_PROMISE', promiseId: `promise-${n}`, name })
const patient = { timeout: 60_000 }

interface Stage {
  organisation: Organisation
  peer: Peer
  post(path: string, body?: object): Promise<{ sequence?: number; alreadySettled?: true }>
}

/** An execution `a` that waits, with a worker that has credit for one activation and is told of nothing. */
async function waiting(commands: object[]): Promise<Stage> {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
  await organisation.start('a')
  await peer.answer(await peer.next('activation'), commands)
  peer.say({ type: 'slots', workflow: 1, task: 0 })
  return { organisation, peer, post: (path, body = {}) => organisation.call('POST', `/workflow-executions/a/${path}`, body) }
}

const last = ({ events }: Activation): string => events.at(-1)?.type ?? ''

const wakers: [string, (stage: Stage) => Promise<unknown>][] = [
  ['SIGNAL_RECEIVED', ({ post }) => post('signals/news', { payload: 1 })],
  ['PROMISE_RESOLVED', ({ post }) => post('promises/approval/resolve', { value: 1 })],
  ['PROMISE_REJECTED', ({ post }) => post('promises/promise-1/reject', { failure: { type: 'X', message: '' } })],
  ['CANCELLATION_REQUESTED', ({ post }) => post('cancel')],
  ['WORKFLOW_RESUMED', ({ post }) => post('pause').then(() => post('resume'))],
]

describe('S5 a worker that waits gets the activation without asking', () => {
  it.each(wakers)('after %s', patient, async (type, wake) => {
    const stage = await waiting([promise(1)])
    await wake(stage)
    const activation = await stage.peer.next('activation')
    expect(last(activation)).toBe(type)
    expect(stage.peer.received.filter((message) => message.type === 'activation')).toHaveLength(2)
  })
})

describe('S3 between hand-out and answer', () => {
  it.each(wakers)('%s wakes the run once more', patient, async (type, wake) => {
    const stage = await waiting([promise(1)])
    const { peer, post } = stage
    await post('signals/wakes')
    const out = await peer.next('activation')
    await wake(stage)
    await peer.answer(out, [scheduled(1)])
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    const next = await peer.next('activation')
    expect(next.events.filter(({ sequence }) => sequence > out.snapshotSequence).map((event) => event.type)).toContain(type)
  })

  it('L4 a signal holds a closing answer back, three times; the next one is taken', patient, async () => {
    const { organisation, peer, post } = await waiting([])
    await post('signals/wakes')
    for (let n = 1; n <= 3; n += 1) {
      const out = await peer.next('activation')
      await post('signals/news', { payload: n })
      await expect(peer.answer(out, [complete])).rejects.toMatchObject({ code: 'superseded' })
      await expect(peer.answer(out, [complete])).rejects.toMatchObject({ code: 'stale_attempt' })
      expect((await organisation.describe('a')).problem).toBeUndefined()
      peer.say({ type: 'slots', workflow: 1, task: 0 })
    }
    const out = await peer.next('activation')
    await post('signals/news', { payload: 4 })
    await peer.answer(out, [complete])
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED', output: 'over' })
  })
})

describe('signals', () => {
  it('N4 signal-with-start: one execution, whoever comes first, and every signal in its log', patient, async () => {
    const organisation = await Organisation.create()
    const send = (n: number) =>
      organisation.request('POST', '/workflow-executions/signal-with-start', {
        kind: 'flow',
        id: 'a',
        signal: { name: 'news', payload: n, signalId: `s-${n}` },
      })
    const responses = await Promise.all(Array.from({ length: 10 }, (_, n) => send(n)))
    expect(responses.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201])
    const answers = (await Promise.all(responses.map((response) => response.json()))) as { isNew: boolean; sequence: number }[]
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(answers.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect((await organisation.events('a')).map(({ type }) => type)).toEqual([
      'WORKFLOW_STARTED',
      ...Array(10).fill('SIGNAL_RECEIVED'),
    ])
    const peer = await organisation.connect()
    expect((await peer.next('activation')).snapshotSequence).toBe(11)
  })

  it('1,000 from ten senders at once, each twice: none is lost, doubled or out of its sender’s order', patient, async () => {
    const { organisation, post } = await waiting([])
    const sender = async (name: number): Promise<void> => {
      for (let n = 0; n < 100; n += 1) {
        const send = () => post('signals/news', { payload: [name, n], signalId: `${name}-${n}` })
        const [one, two] = await Promise.all([send(), send()])
        expect(one).toEqual(two)
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, name) => sender(name)))
    const events = await organisation.events('a')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    const signals = events.filter(({ type }) => type === 'SIGNAL_RECEIVED').map(({ data }) => data['payload'] as [number, number])
    expect(signals).toHaveLength(1_000)
    for (let name = 0; name < 10; name += 1) {
      const numbers = signals.filter(([from]) => from === name).map(([, n]) => n)
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n))
    }
  })

  it('1,000 at once are all taken', patient, async () => {
    const { organisation, post } = await waiting([])
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => post('signals/news', { payload: n })))
    const sequences = answers.map(({ sequence }) => sequence ?? 0).sort((a, b) => a - b)
    const [first = 0] = sequences
    expect(sequences).toEqual(Array.from({ length: 1_000 }, (_, n) => first + n))
    const events = await organisation.events('a')
    for (const [n, { sequence }] of answers.entries()) {
      expect(events[(sequence ?? 0) - 1]).toMatchObject({ sequence, data: { payload: n } })
    }
  })
})

describe('promises', () => {
  it('N6 settled before it is made, it is met with its value in the block that makes it', patient, async () => {
    const { organisation, peer, post } = await waiting([])
    const value = { list: [null, 'é', { $date: '2020-01-01T00:00:00.000Z' }] }
    expect(await post('promises/approval/resolve', { value })).toEqual({ sequence: 2 })
    expect(await post('promises/approval/resolve', { value: 2 })).toEqual({ alreadySettled: true })
    await post('signals/wakes')
    await peer.answer(await peer.next('activation'), [promise(1)])
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    const next = await peer.next('activation')
    expect(next.events.slice(-3)).toMatchObject([
      { type: 'PROMISE_CREATED' },
      { type: 'PROMISE_RESOLVED', data: { promiseId: 'promise-1', name: 'approval', value } },
      { type: 'WORKFLOW_SUSPENDED' },
    ])
    expect((await organisation.describe('a')).awaiting).toEqual([])
  })

  it('by name or by id, once; then it says so', patient, async () => {
    const { organisation, post } = await waiting([promise(1), promise(2), promise(3, 'other')])
    expect((await organisation.describe('a')).awaiting).toMatchObject([
      { type: 'promise', id: 'promise-1', name: 'approval' },
      { type: 'promise', id: 'promise-2', name: 'approval' },
      { type: 'promise', id: 'promise-3', name: 'other' },
    ])
    const outcomes = await Promise.all([1, 2, 3, 4].map((value) => post('promises/approval/resolve', { value })))
    expect(outcomes.filter(({ sequence }) => sequence !== undefined)).toHaveLength(2)
    expect(outcomes.filter(({ alreadySettled }) => alreadySettled)).toHaveLength(2)
    expect(await post('promises/promise-3/reject', { failure: { type: 'X', message: 'no' } })).toEqual({ sequence: 8 })
    await expect(post('promises/promise-4/resolve')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a request with a key', () => {
  it('that is there more than once in one turn is done once, and answered the same', patient, async () => {
    const { organisation } = await waiting([promise(1)])
    const object = env.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, 'a'))
    const [answers, other] = await runInDurableObject(object, async (execution) => {
      if (!(execution instanceof WorkflowExecution)) throw new Error('not an execution')
      const resolve = (bodyHash: string) => execution.settlePromise('approval', { outcome: 'RESOLVED' }, { key: 'one', bodyHash })
      return [await Promise.all(['same', 'same', 'same', 'other'].map(resolve)), await resolve('same')]
    })
    const settled = { ok: true, value: { sequence: 4 } }
    expect(answers).toEqual([
      settled,
      settled,
      settled,
      { ok: false, refusal: expect.objectContaining({ code: 'idempotency_conflict' }) },
    ])
    expect(other).toEqual(settled)
  })
})

describe('pause', () => {
  it('lets nothing begin, and what is out settle', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 5, task: 1 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), [scheduled(1), scheduled(2)])
    const task = await peer.next('task')
    await organisation.call('POST', '/workflow-executions/a/pause', { reason: 'lunch' })
    expect(await organisation.describe('a')).toMatchObject({ status: 'PAUSED', paused: true, activation: 'none' })
    const report = await peer.report([done(task)], { accept: peer.accept(1, 1) })
    expect(report.results).toEqual([{ ok: true }])
    expect(report.executions['a']).not.toHaveProperty('tasks')
    expect(report.executions['a']).not.toHaveProperty('activation')
    peer.say({ type: 'slots', workflow: 0, task: 5 })
    // What another execution is handed passes whatever would be in its way.
    await organisation.start('b')
    await peer.answer(await peer.next('activation'), [scheduled(1)])
    expect(await peer.next('task')).toMatchObject({ executionId: 'b' })
    expect(await organisation.describe('a')).toMatchObject({ status: 'PAUSED', activation: 'queued' })
    await organisation.call('POST', '/workflow-executions/a/resume', {})
    expect(await peer.next('task')).toMatchObject({ executionId: 'a', taskId: 'task-2' })
    expect(await peer.next('activation')).toMatchObject({ executionId: 'a' })
  })
})

describe('cancellation', () => {
  it('is asked once, and the code decides', patient, async () => {
    const { organisation, peer, post } = await waiting([])
    await post('cancel', { reason: 'enough' })
    await post('cancel', { reason: 'more than enough' })
    expect(await organisation.describe('a')).toMatchObject({ status: 'CANCELLING', cancelRequested: true })
    const activation = await peer.next('activation')
    expect(activation.events.at(-1)).toMatchObject({ type: 'CANCELLATION_REQUESTED', data: { reason: 'enough' } })
    await peer.answer(activation, [{ type: 'CANCEL_WORKFLOW', reason: 'enough' }])
    expect((await organisation.events('a')).filter(({ type }) => type === 'CANCELLATION_REQUESTED')).toHaveLength(1)
    const failure = { type: 'CANCELLED', message: 'enough' }
    expect(await organisation.describe('a')).toMatchObject({ status: 'CANCELLED', cancelRequested: true, failure })
    const result = await organisation.call('GET', '/workflow-executions/a/result')
    expect(result).toEqual({ run: 1, status: 'CANCELLED', failure })
    for (const door of ['cancel', 'pause', 'resume', 'signals/news', 'promises/x/resolve']) {
      await expect(post(door)).rejects.toMatchObject({ code: 'already_closed' })
    }
  })
})

describe('state', () => {
  it('is read as it was set, whole and by key, also of a closed run', patient, async () => {
    const set = (key: string, value: unknown) => ({ type: 'SET_STATE', key, value })
    const stage = await waiting([
      set('stage', { n: 1n.toString() }),
      set('ключ и 空', null),
      set('gone', 1),
      { type: 'CLEAR_STATE', key: 'gone' },
    ])
    const { organisation, peer, post } = stage
    const read = (path: string) => organisation.call('GET', `/workflow-executions/a/state${path}`)
    expect(await read('')).toEqual({ items: { stage: { n: '1' }, 'ключ и 空': null } })
    expect(await read(`/${encodeURIComponent('ключ и 空')}`)).toEqual({ value: null })
    await expect(read('/gone')).rejects.toMatchObject({ code: 'not_found' })
    await post('signals/wakes')
    const closing = [set('stage', 'last'), { type: 'SET_ATTRIBUTES', attributes: { colour: 'red' } }, complete]
    await peer.answer(await peer.next('activation'), closing)
    expect(await read('/stage?run=1')).toEqual({ value: 'last' })
    expect((await organisation.describe('a')).attributes).toEqual({ colour: 'red' })
    await organisation.start('a', { idReuse: 'ALLOW' })
    expect(await read('')).toEqual({ items: {} })
    expect(await read('?run=1')).toEqual({ items: { stage: 'last', 'ключ и 空': null } })
  })
})
