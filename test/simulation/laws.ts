/**
 * The laws of the architecture as predicates over what is on disk, in memory and on its way. Each says what is wrong, or
 * nothing. They read the log and the rows rather than ask the rules.
 */

import type { AttemptEnded, WorkHeld } from '../../engine/execution/change.ts'
import type { LogEvent } from '../../engine/execution/log-event.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import type { ExecutionState, RunState } from '../../engine/execution/state.ts'
import type { FlowState } from '../../engine/flow/state.ts'
import { wakingEventTypes } from '../../schemas/events.ts'
import { awaitedSignal, isPaused } from './flow-laws.ts'

type Complaint = string | undefined
type Log = readonly LogEvent[]

const closings = new Set([
  'WORKFLOW_COMPLETED',
  'WORKFLOW_FAILED',
  'WORKFLOW_CANCELLED',
  'WORKFLOW_TERMINATED',
  'WORKFLOW_TIMED_OUT',
])
export const isClosing = ({ type }: LogEvent): boolean => closings.has(type)

/** L1: sequences without a gap, times that never decrease. */
export function oneWriter(log: Log): Complaint {
  for (const [index, event] of log.entries()) {
    if (event.sequence !== index + 1) return `event ${event.sequence} is at place ${index + 1}`
    const before = log[index - 1]
    if (before !== undefined && event.at < before.at) return `event ${event.sequence} is earlier than the one before`
  }
  return undefined
}

/** L2: what is in memory is what the disk tells. */
export function decideThenDo(memory: ExecutionState, disk: ExecutionState): Complaint {
  const [here, there] = [facts(memory), facts(disk)]
  return here === there ? undefined : `memory has ${here}, the disk ${there}`
}

const facts = ({ run, outbox }: ExecutionState): string =>
  JSON.stringify(
    run && [
      run.number,
      run.lastSequence,
      run.lastWaking,
      run.closed?.status,
      run.activationsLost,
      [...run.tasks.values()].map(({ id, attempt, cancelRequestedAt }) => [id, attempt, cancelRequestedAt]),
      [...run.timers.keys()],
      [...run.doneOperations].sort(),
      [...run.children.values()],
      // Of a closed run nobody asks, and no event says, what has arrived since.
      run.closed === undefined && [...run.usedExternals].sort(),
      run.flow && flowFacts(run.flow),
      [...outbox.keys()],
    ],
  )

/** All but what the interpreter has read, or has still to look at. */
const flowFacts = ({ phase, open, ready, arrivals, visits, published, closings, inbox, owners, unhandled, ids }: FlowState) => [
  phase,
  [...open.values()],
  ready,
  [...arrivals].map(([task, from]) => [task, [...from]]),
  [...visits],
  published,
  closings,
  [...inbox],
  [...owners],
  unhandled,
  ids,
]

/** L3: what is handed out is on disk, under that attempt. */
export function visibleAfterCommitted(log: Log, ended: readonly AttemptEnded[], parcel: Parcel): Complaint {
  if (parcel.type === 'activation') {
    const last = log.at(-1)?.sequence ?? 0
    return parcel.issued.snapshotSequence <= last ? undefined : `${parcel.id} was handed out before event ${last + 1} was written`
  }
  if (!log.some((event) => event.type === 'TASK_SCHEDULED' && event.data.taskId === parcel.id)) {
    return `${parcel.id} was handed out before its TASK_SCHEDULED was written`
  }
  const open = openAttempt(ended, parcel.run, parcel.id)
  return parcel.attempt === open ? undefined : `${parcel.id} was handed out with attempt ${parcel.attempt}, open is ${open}`
}

export const openAttempt = (ended: readonly AttemptEnded[], run: number, work: string): number =>
  ended.reduce((open, each) => (each.run === run && each.work === work ? Math.max(open, each.attempt + 1) : open), 1)

/** L3: causes stand before what they cause. */
export function causesFirst(log: Log): Complaint {
  const scheduled = new Set<string>()
  const timers = new Map<string, number>()
  for (const event of log) {
    switch (event.type) {
      case 'TASK_SCHEDULED':
        scheduled.add(event.data.taskId)
        break
      case 'TIMER_STARTED':
        timers.set(event.data.timerId, event.data.fireAt)
        break
      case 'TIMER_FIRED': {
        const fireAt = timers.get(event.data.timerId)
        if (fireAt === undefined) return `${event.data.timerId} fires before it was started`
        if (event.at < fireAt) return `${event.data.timerId} fires ${fireAt - event.at} ms early`
        break
      }
      case 'TASK_COMPLETED':
      case 'TASK_FAILED':
      case 'TASK_TIMED_OUT':
      case 'TASK_CANCELLED':
        if (!scheduled.has(event.data.taskId)) return `${event.data.taskId} ends before it was scheduled`
        break
      case 'WORKFLOW_STARTED':
      case 'WORKFLOW_SUSPENDED':
      case 'WORKFLOW_COMPLETED':
      case 'WORKFLOW_FAILED':
      case 'WORKFLOW_TERMINATED':
      case 'WORKFLOW_TIMED_OUT':
      case 'TASK_CANCELLATION_REQUESTED':
      case 'TIMER_CANCELLED':
      case 'OPERATION_COMPLETED':
      case 'OPERATION_FAILED':
    }
  }
  return undefined
}

/** L4: an open run that was woken beyond what its worker has seen wants a worker. `seen` is what workers said. */
export function noLostWakeUp(run: RunState, log: Log, seen: number): Complaint {
  // A flow wants no worker: what follows is decided with the event that woke it.
  if (run.closed !== undefined || run.activation !== undefined || run.flow !== undefined) return undefined
  const waking = log.find((event) => event.sequence > seen && wakingEventTypes.has(event.type))
  return waking === undefined ? undefined : `nobody is to be told of ${waking.type} ${waking.sequence}, the worker saw ${seen}`
}

/** L5: only the open attempt ends a task. */
export function fencing(log: Log, ended: readonly AttemptEnded[]): Complaint {
  for (const event of log) {
    if (event.type !== 'TASK_COMPLETED' && event.type !== 'TASK_FAILED' && event.type !== 'TASK_TIMED_OUT') continue
    const { taskId, attempt } = event.data
    const open = openAttempt(ended, event.run, taskId)
    if (attempt !== open) return `attempt ${attempt} of ${taskId} made ${event.type}, open was ${open}`
  }
  return undefined
}

/** L6: every end is taken once. */
export function once(log: Log, ended: readonly AttemptEnded[]): Complaint {
  const taken = new Set<string>()
  for (const event of log) {
    const edge = edgeOf(event)
    if (edge === undefined) continue
    if (taken.has(edge)) return `${event.type} ${event.sequence}: ${edge} for the second time`
    taken.add(edge)
  }
  for (const { run, work, attempt } of ended) {
    const edge = `${run}: attempt ${attempt} of ${work}`
    if (taken.has(edge)) return `${edge} ended twice`
    taken.add(edge)
  }
  return undefined
}

function edgeOf(event: LogEvent): string | undefined {
  switch (event.type) {
    case 'WORKFLOW_STARTED':
      return 'start'
    case 'TASK_SCHEDULED':
      return `begin of ${event.data.taskId}`
    case 'TASK_COMPLETED':
    case 'TASK_FAILED':
    case 'TASK_TIMED_OUT':
    case 'TASK_CANCELLED':
      return `end of ${event.data.taskId}`
    case 'TASK_CANCELLATION_REQUESTED':
      return `cancellation of ${event.data.taskId}`
    case 'TIMER_STARTED':
      return `begin of ${event.data.timerId}`
    case 'TIMER_FIRED':
    case 'TIMER_CANCELLED':
      return `end of ${event.data.timerId}`
    case 'PROMISE_CREATED':
      return `begin of ${event.data.promiseId}`
    case 'PROMISE_RESOLVED':
    case 'PROMISE_REJECTED':
    case 'PROMISE_TIMED_OUT':
      return `end of ${event.data.promiseId}`
    case 'SIGNAL_RECEIVED':
      return `signal ${event.data.signalId}`
    case 'CHILD_WORKFLOW_INITIATED':
      return `begin of ${event.data.childId}`
    case 'CHILD_WORKFLOW_STARTED':
      return `start of ${event.data.childId}`
    case 'CHILD_WORKFLOW_COMPLETED':
    case 'CHILD_WORKFLOW_FAILED':
    case 'CHILD_WORKFLOW_CANCELLED':
    case 'CHILD_WORKFLOW_TERMINATED':
    case 'CHILD_WORKFLOW_TIMED_OUT':
      return `end of ${event.data.childId}`
    case 'CHILD_WORKFLOW_CANCELLATION_REQUESTED':
      return `cancellation of ${event.data.childId}`
    case 'EXTERNAL_SIGNAL_SENT':
    case 'EXTERNAL_SIGNAL_FAILED':
    case 'EXTERNAL_CANCEL_SENT':
    case 'EXTERNAL_CANCEL_FAILED':
      return `end of ${event.data.requestId}`
    case 'FLOW_TASK_STARTED':
      return `begin of ${event.data.task}#${event.data.visit}`
    case 'FLOW_TASK_CLOSED':
      return `end of ${event.data.task}#${event.data.visit}`
    case 'CANCELLATION_REQUESTED':
      return 'cancellation'
    case 'OPERATION_COMPLETED':
    case 'OPERATION_FAILED':
      return `end of ${event.data.operationId}`
    case 'WORKFLOW_SUSPENDED':
    case 'WORKFLOW_COMPLETED':
    case 'WORKFLOW_FAILED':
    case 'WORKFLOW_CANCELLED':
    case 'WORKFLOW_TERMINATED':
    case 'WORKFLOW_TIMED_OUT':
    case 'WORKFLOW_PAUSED':
    case 'WORKFLOW_RESUMED':
    case 'STATE_SET':
    case 'STATE_CLEARED':
    case 'ATTRIBUTES_SET':
      return undefined
  }
}

/** L7: what a reader has read is the beginning of the log. */
export function oneOrder(read: readonly { sequence: number; type: string }[], log: Log): Complaint {
  for (const [index, { sequence, type }] of read.entries()) {
    const event = log[index]
    if (event?.sequence !== sequence || event.type !== type) return `a reader has ${type} ${sequence} at place ${index + 1}`
  }
  return undefined
}

/** Messages are sent again once a second at most. */
const toleranceMs = 1_000
const dutyMs = 5_000

/** L8: an open run waits for something, and the alarm is not later than what is due. */
export function alwaysNext(
  { run, outbox }: ExecutionState,
  log: Log,
  { alarmAt, now, clocksDifferMs }: { alarmAt: number | undefined; now: number; clocksDifferMs: number },
): Complaint {
  const duties: [string, number][] = []
  const targets = new Set<string>()
  for (const { id, message, attempts, dueAt } of outbox.values()) {
    const target = JSON.stringify(message.to)
    // What goes to the same target waits for those before it.
    if (!targets.has(target)) duties.push([`message ${id}`, attempts === 0 ? now + dutyMs : dueAt])
    targets.add(target)
  }
  if (run !== undefined && run.closed === undefined) {
    const open = [...run.tasks.keys(), ...run.timers.keys(), ...run.promises.keys(), ...run.children.keys(), ...run.awaits]
    // A flow has no worker that says what it waits for; paused, it waits to be resumed.
    const waits = run.flow === undefined ? undefined : isPaused(log) || awaitedSignal(log)
    const isWaiting = run.activation ?? run.operations ?? open[0] ?? targets.values().next().value ?? (waits || undefined)
    if (isWaiting === undefined) return 'the run is open and waits for nothing'
    duties.push(...dutiesOf(run, log, now))
  }
  for (const [duty, at] of duties) {
    if (alarmAt === undefined) return `no alarm, and ${duty} is due in ${at - now} ms`
    if (alarmAt > Math.max(at, now) + toleranceMs + clocksDifferMs) return `the alarm is ${alarmAt - at} ms later than ${duty}`
  }
  return undefined
}

function* dutiesOf(run: RunState, log: Log, now: number): Generator<[string, number]> {
  for (const event of log) {
    if (event.type === 'WORKFLOW_STARTED' && event.data.timeoutMs !== undefined)
      yield ['the run', event.at + event.data.timeoutMs]
    if (event.type === 'TIMER_STARTED' && run.timers.has(event.data.timerId)) yield [event.data.timerId, event.data.fireAt]
    if (event.type !== 'TASK_SCHEDULED' || !run.tasks.has(event.data.taskId)) continue
    const { taskId, timeouts } = event.data
    if (timeouts.scheduleToCloseMs !== undefined) yield [`${taskId} to close`, event.at + timeouts.scheduleToCloseMs]
    const lease = run.tasks.get(taskId)?.lease
    if (lease?.phase === 'out' && lease.startedAt !== undefined && timeouts.startToCloseMs !== undefined)
      yield [`${taskId} started to close`, lease.startedAt + timeouts.startToCloseMs]
  }
  for (const [id, lease] of openLeases(run)) {
    if (lease.phase === 'offering') yield [`the offer of ${id}`, now + dutyMs]
    if (lease.phase === 'unknown') yield [`the question for ${id}`, now + dutyMs]
    if (lease.phase === 'out' && !lease.held && lease.holder !== undefined && lease.asks === 0)
      yield [`${id} to be kept`, lease.since + dutyMs]
    if (lease.phase === 'ready' && lease.dueAt > now && !isOffered(run, id)) yield [`the next attempt of ${id}`, lease.dueAt]
  }
  // A paused run offers nothing.
  if (run.paused !== undefined) return
  for (const { dirty, waiting, key } of run.groups.values())
    if (dirty && waiting.size > 0) yield [`the offer of ${key}`, now + dutyMs]
}

/** By then it looks for a worker already, though it may seem early by another clock. */
const isOffered = (run: RunState, id: string): boolean => [...run.groups.values()].some(({ waiting }) => waiting.has(id))

const openLeases = (run: RunState) => [
  ...[...run.tasks.values()].map(({ id, lease }) => [id, lease] as const),
  ...(run.activation === undefined ? [] : [['activation', run.activation.lease] as const]),
]

/** L9: who is on disk as holding work holds open work, under its open attempt. */
export function holdsOpenWork(run: RunState, holds: Iterable<WorkHeld>): Complaint {
  for (const { run: number, id, attempt } of holds) {
    if (number !== run.number || run.closed !== undefined) return `${id} is held and its run is over`
    const open = id.startsWith('task-')
      ? run.tasks.get(id)?.attempt
      : run.activation === undefined && run.operations === undefined
        ? undefined
        : run.activationsLost + 1
    if (open !== attempt) return `attempt ${attempt} of ${id} is held, open is ${open ?? 'none'}`
  }
  return undefined
}

/** L9: the loss of a session takes nothing from another. */
export function onlyTheirs(
  session: string,
  others: ReadonlyMap<string, number>,
  attemptOf: (id: string) => number | undefined,
): Complaint {
  for (const [id, attempt] of others) {
    if (attemptOf(id) !== attempt) return `${id} was taken from another session when ${session} was lost`
  }
  return undefined
}

/** L9: a session gets no more than it granted: what is left is what was granted less what was sent. */
export function creditsKept(left: number, granted: number, sent: number): Complaint {
  if (sent > granted) return `${sent} were sent for ${granted} credits`
  return left === granted - sent ? undefined : `${left} credits are left of ${granted} granted, and ${sent} were sent`
}

/** L11: nothing follows the end of a run. */
export function terminal(log: Log): Complaint {
  const end = log.findIndex(isClosing)
  return end === -1 || end === log.length - 1 ? undefined : `${log[end + 1]?.type} after ${log[end]?.type}`
}
