/**
 * L8 L11 W14: a workflow with tasks, timers, promises and children over real objects, cancelled and terminated after each of
 * its commits. It always ends; its clean-up has run; nothing is left open anywhere.
 */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { queueObjectName } from '../../durable/stubs.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import { type Activation, done, Organisation, type Peer, scheduled } from './peer.ts'
import { child, executionOf, of } from './tree.ts'

const bindings: Env = env
const queueOf = (organisation: Organisation) => bindings.TASK_QUEUE.getByName(queueObjectName(organisation.name, 'default', 0))

const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }
const late = new Set(['stale_attempt', 'already_closed', 'superseded', 'not_found'])
const cleanUp = 'task-99'
const timer = (n: number, durationMs = 1) => ({ type: 'START_TIMER', timerId: `timer-${n}`, durationMs })
const promise = (n: number) => ({ type: 'CREATE_PROMISE', promiseId: `promise-${n}`, name: `word-${n}`, timeoutMs: 1 })
const part = child(1, { input: 'part' })
/** Ends only when it is told to. */
const nap = child(2, { input: 'nap' })
const tell = (child: string) => ({ type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: child, name: 'go' })
const told = { type: 'SET_STATE', key: 'told-1', value: true }

/** Each begins when all of the one before has ended, but the nap. */
const steps: readonly (readonly object[])[] = [
  [{ type: 'SET_ATTRIBUTES', attributes: { a: 1 } }, nap, scheduled(1), scheduled(2)],
  [timer(1)],
  [part, scheduled(3)],
  [promise(1), timer(2)],
  [scheduled(4), scheduled(5), timer(3)],
  [promise(2)],
  [scheduled(6)],
]

const anId = /^(task|timer|promise|child|told)-\d+$/
const idsOf = (item: object): string[] =>
  Object.values(item)
    .filter((value) => anId.test(String(value)))
    .map(String)

const opening = /^(TASK_SCHEDULED|TIMER_STARTED|PROMISE_CREATED|CHILD_WORKFLOW_INITIATED|STATE_SET)$/
const ending = /^(TASK|TIMER|PROMISE|CHILD_WORKFLOW)_(COMPLETED|FAILED|FIRED|CANCELLED|TERMINATED|TIMED_OUT|RESOLVED)$/
const asking = /^(TASK|CHILD_WORKFLOW)_CANCELLATION_REQUESTED$/

/** The workflow: what it says is a function of its log. */
function code(events: HistoryEvent[]): object[] {
  const found = (pattern: RegExp) => new Set(events.flatMap(({ type, data }) => (pattern.test(type) ? idsOf(data) : [])))
  const [begun, ended] = [found(opening), found(ending)]
  const open = [...begun].filter((id) => !ended.has(id))
  if (of(events, 'CANCELLATION_REQUESTED').length > 0) return tidy(open, found(asking), begun)
  const { input, executionId } = of(events, 'WORKFLOW_STARTED')[0]?.data ?? {}
  const end = of(events, 'SIGNAL_RECEIVED').length > 0 ? [{ type: 'COMPLETE_WORKFLOW', output: 'done' }] : []
  if (input === 'nap') return end
  if (input === 'part')
    return ended.has('task-1') ? [{ type: 'COMPLETE_WORKFLOW', output: 'done' }] : missing([scheduled(1)], begun)
  if (open.some((id) => id !== 'child-2' && id !== 'told-1')) return []
  const next = steps.find((step) => missing(step, begun).length > 0)
  if (next !== undefined) return [...next]
  if (!begun.has('told-1')) return [told, tell(`${executionId}:1:child-2`)]
  return ended.has('child-2') ? end : []
}

const missing = (items: readonly object[], begun: ReadonlySet<string>): object[] =>
  items.filter((item) => idsOf(item).some((id) => !begun.has(id)))

/** Asks what is open to end, and waits for it; then cleans up, and is over. */
function tidy(open: string[], isAsked: ReadonlySet<string>, begun: ReadonlySet<string>): object[] {
  const timers = open.filter((id) => id.startsWith('timer')).map((timerId) => ({ type: 'CANCEL_TIMER', timerId }))
  const waitedFor = open.filter((id) => /^(task|child)-/.test(id))
  if (waitedFor.length === 0) return [...timers, begun.has(cleanUp) ? { type: 'CANCEL_WORKFLOW' } : scheduled(99)]
  const told = waitedFor.filter((id) => id !== cleanUp && !isAsked.has(id))
  const requests = told.map((id) =>
    id.startsWith('task') ? { type: 'CANCEL_TASK', taskId: id } : { type: 'CANCEL_CHILD_WORKFLOW', childId: id },
  )
  return [...timers, ...requests]
}

/** Answers whatever comes, until it is closed. */
async function work(peer: Peer): Promise<void> {
  const logs = new Map<string, HistoryEvent[]>()
  const answer = async (activation: Activation): Promise<void> => {
    const log = [...(logs.get(activation.executionId) ?? []).slice(0, activation.from), ...activation.events]
    logs.set(activation.executionId, log)
    await peer.answer(activation, code(log.filter(({ sequence }) => sequence <= activation.snapshotSequence)))
  }
  while (!peer.closed) {
    const message = await peer.nextOf(['activation', 'task']).catch(() => undefined)
    if (message === undefined) return
    const isTask = message.type === 'task'
    peer.say({ type: 'slots', workflow: isTask ? 0 : 1, task: isTask ? 1 : 0 })
    await (isTask ? peer.report([done(message)]) : answer(message)).catch((error: { code?: string }) => {
      if (!late.has(error.code ?? '')) throw error
    })
  }
}

type Steer = (request: { by: string }) => Promise<unknown>

interface Execution {
  cancel: Steer
  terminate: Steer
  signal(signal: { name: string; signalId: string }): Promise<unknown>
}

/**
 * Told of each commit with the last event that is on disk, in the same moment: what it says is the next turn, before
 * anybody has heard of the commit. What it does not interrupt is told to finish when it waits for nothing else.
 */
function onCommits(
  organisation: Organisation,
  id: string,
  told: (sequence: number, execution: Execution) => boolean,
): Promise<void> {
  return runInDurableObject(executionOf(organisation, id), (object, { storage }) => {
    const execution = object as unknown as Execution
    const commit = storage.transactionSync.bind(storage)
    const value = <Result>(write: () => Result): Result => {
      const result = commit(write)
      const types = storage.sql
        .exec('SELECT type FROM events ORDER BY position')
        .toArray()
        .map(({ type }) => type)
      const isIdle =
        types.at(-1) === 'WORKFLOW_SUSPENDED' && types.filter((type) => type === 'CHILD_WORKFLOW_COMPLETED').length === 2
      const isInterrupted = told(types.length, execution)
      if (isIdle && !isInterrupted) void execution.signal({ name: 'finish', signalId: 'finish' })
      return result
    }
    Object.defineProperty(storage, 'transactionSync', { value, configurable: true })
  })
}

function interrupt(organisation: Organisation, id: string, how: 'cancel' | 'terminate', after: number): Promise<void> {
  let isDone = false
  return onCommits(organisation, id, (sequence, execution) => {
    if (sequence < after) return false
    if (!isDone) void execution[how]({ by: 'test' })
    isDone = true
    return true
  })
}

type Stub = ReturnType<typeof executionOf> | ReturnType<typeof queueOf>

const rowsOf = (stub: Stub, table: string): Promise<number> =>
  runInDurableObject(stub, (_, { storage }) => {
    const [known] = storage.sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', table).toArray()
    return known === undefined ? 0 : storage.sql.exec(`SELECT 1 FROM ${table}`).toArray().length
  })

async function expectNothingOpen(organisation: Organisation, id: string): Promise<void> {
  expect(await organisation.describe(id)).toMatchObject({ closedAt: expect.any(Number), awaiting: [] })
  const { items: tasks } = await organisation.call('GET', `/workflow-executions/${id}/tasks`)
  for (const { status } of tasks) expect(['COMPLETED', 'CANCELLED']).toContain(status)
  const stub = executionOf(organisation, id)
  expect([await rowsOf(stub, 'holds'), await rowsOf(stub, 'outbox')]).toEqual([0, 0])
}

async function play(organisation: Organisation, ids: string[]): Promise<string[]> {
  const peers = await Promise.all(
    ids.slice(0, 4).map((id) => organisation.connect({ workerId: `worker-${id}`, slots: { workflow: 10, task: 10 } })),
  )
  const working = peers.map(work)
  await Promise.all(ids.map((id) => organisation.start(id)))
  const statuses = await Promise.all(
    ids.map((id) => organisation.call('GET', `/workflow-executions/${id}/result?waitMs=40000`).then(({ status }) => status)),
  )
  // Children that were told to end do so after their parents.
  const children = await Promise.all(ids.map((id) => organisation.call('GET', `/workflow-executions/${id}/children`)))
  const all = [...ids, ...children.flatMap(({ items }) => items.map(({ executionId }: { executionId: string }) => executionId))]
  await Promise.all(all.map((id) => vi.waitFor(() => expectNothingOpen(organisation, id), soon)))
  await vi.waitFor(async () => {
    const { items: queues } = await organisation.call('GET', '/queues')
    expect(queues.flatMap(({ backlog }: { backlog: object[] }) => backlog)).toEqual([])
    expect(await rowsOf(queueOf(organisation), 'keeps')).toBe(0)
    expect(await rowsOf(queueOf(organisation), 'offers')).toBe(0)
  }, soon)
  for (const peer of peers) peer.close()
  await Promise.all(working)
  return statuses
}

const typesOf = async (organisation: Organisation, id: string): Promise<string[]> =>
  (await organisation.events(id)).map(({ type }) => type)

async function interrupted(how: 'cancel' | 'terminate') {
  const organisation = await Organisation.create()
  const commits = new Set<number>()
  await onCommits(organisation, 'whole', (sequence) => commits.add(sequence) === undefined)
  await play(organisation, ['whole'])
  const whole = await typesOf(organisation, 'whole')
  expect(whole.length).toBeGreaterThanOrEqual(30)
  expect(whole.at(-1)).toBe('WORKFLOW_COMPLETED')
  // Events of one commit come together; what comes after the last cannot interrupt.
  const ends = [...commits].filter((sequence) => sequence < whole.length)
  const ids = ends.map((sequence) => `after-${sequence}`)
  await Promise.all(ends.map((sequence, index) => interrupt(organisation, ids[index] ?? '', how, sequence)))
  return { organisation, ids, statuses: await play(organisation, ids) }
}

describe('after each event', () => {
  it('a cancelled workflow cleans up and ends, and leaves nothing open', patient, async () => {
    const { organisation, ids, statuses } = await interrupted('cancel')
    // What was closed by the very commit is closed.
    expect(new Set(statuses.slice(0, -2))).toEqual(new Set(['CANCELLED']))
    const cleaned = ids.map(async (id, index) => {
      const events = await organisation.events(id)
      const ends = events.filter(({ type, data }) => type === 'TASK_COMPLETED' && data['taskId'] === cleanUp)
      expect(ends, id).toHaveLength(statuses[index] === 'CANCELLED' ? 1 : 0)
    })
    await Promise.all(cleaned)
  })

  it('a terminated workflow ends at once, and leaves nothing open', patient, async () => {
    const { organisation, ids, statuses } = await interrupted('terminate')
    expect(new Set(statuses.slice(0, -2))).toEqual(new Set(['TERMINATED']))
    const logs = await Promise.all(ids.map((id) => typesOf(organisation, id)))
    for (const [index, types] of logs.entries()) {
      if (statuses[index] === 'TERMINATED') expect(types.at(-1), ids[index]).toBe('WORKFLOW_TERMINATED')
      expect(types.filter((type) => type === 'CANCELLATION_REQUESTED')).toEqual([])
    }
  })
})
