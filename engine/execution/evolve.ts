/**
 * The only way an execution's state changes: one change at a time, the same in the live object and when a log is read
 * back. It decides nothing and refuses nothing.
 */
import { wakingEventTypes } from '../../schemas/events.ts'
import type { OutboxMessage } from '../outbox.ts'
import type { AttemptEnded, Change, Mark, WorkHeld } from './change.ts'
import { keepAfterMs } from './deadlines.ts'
import { evolveEvent } from './evolve-event.ts'
import { settlementKept, settlementTaken } from './evolve-promise.ts'
import {
  findLease,
  groupOf,
  idleLease,
  isWaiting,
  leaseOf,
  lookAgain,
  refreshActivation,
  reserve,
  stopWaiting,
  wait,
} from './leases.ts'
import { misfitsOf, problemAfter } from './problem.ts'
import type { ExecutionState, RunState } from './state.ts'
import { waitedFor } from './waited-for.ts'

export function evolve(state: ExecutionState, change: Change): void {
  if (change.type === 'posted' || change.type === 'delivered' || change.type === 'delivery-failed') {
    state.outbox.evolve(change)
    if (change.type === 'posted') noteRequest(state.run, change.entry.message)
    return
  }
  if (change.type === 'event') {
    const { event } = change
    evolveEvent(state, event)
    const run = state.run
    if (run === undefined) return
    run.lastSequence = event.sequence
    run.lastAt = event.at
    run.logBytes += (event.payload?.length ?? 0) + 120
    if (wakingEventTypes.has(event.type)) run.lastWaking = event.sequence
    refreshActivation(run, event.at)
    return
  }
  const run = state.run
  if (run === undefined) return
  switch (change.type) {
    case 'attempt-ended':
      if (change.run === run.number) evolveAttempt(run, change)
      return
    case 'held':
      if (change.run === run.number) evolveHeld(run, change)
      return
    case 'hold-ended': {
      const lease = change.run === run.number ? findLease(run, change.id) : undefined
      if (lease !== undefined) lease.held = false
      return
    }
    case 'settlement-kept':
      if (change.run === run.number) settlementKept(run, change)
      return
    case 'settlement-taken':
      if (change.run === run.number) settlementTaken(run, change)
      return
    default:
      evolveMark(run, change)
  }
}

/** Until it is answered, a request to another execution is in the outbox alone. */
function noteRequest(run: RunState | undefined, message: OutboxMessage): void {
  if (message.type !== 'signal' && message.type !== 'cancel') return
  if (message.run === run?.number) run.usedExternals.add(message.requestId)
}

/** The next attempt is open: it fences the one that ended. */
function evolveAttempt(run: RunState, change: AttemptEnded): void {
  if (change.work === 'activation') {
    run.activationsLost = Math.max(run.activationsLost, change.attempt)
    const type = failureType(change)
    if (type === 'SUPERSEDED') run.superseded += 1
    else if (type !== 'WORKER_LOST') run.problem = problemAfter(run.problem, change)
    if (run.operations !== undefined) {
      delete run.operations
      run.rerun = true
    }
    if (run.activation !== undefined) {
      stopWaiting(run, 'activation')
      delete run.activation
    }
    delete run.kept
    // Who fits may have it at once.
    const nextAt = change.misfit !== undefined && misfitsOf(run) !== undefined ? change.endedAt : change.nextAt
    refreshActivation(run, nextAt, nextAt > change.endedAt)
    return
  }
  const task = run.tasks.get(change.work)
  if (task === undefined || task.attempt > change.attempt) return
  stopWaiting(run, task.id)
  task.attempt = change.attempt + 1
  if (change.lastHeartbeat !== undefined) task.heartbeat = change.lastHeartbeat
  task.lease = idleLease(change.endedAt, change.nextAt)
  if (change.nextAt <= change.endedAt) wait(run, task.id, change.endedAt)
  lookAgain(run, task.id)
}

const failureType = ({ failure }: AttemptEnded): string => (JSON.parse(failure) as { type: string }).type

function evolveHeld(run: RunState, change: WorkHeld): void {
  const lease = findLease(run, change.id, change.attempt)
  if (lease === undefined) return
  if (change.heartbeat !== undefined) {
    const task = run.tasks.get(change.id)
    if (task !== undefined) task.heartbeat = change.heartbeat
  }
  const { activation } = run
  if (activation?.lease === lease && activation.issued === undefined) {
    const snapshotSequence = Number(change.id.slice('activation-'.length))
    activation.issued = {
      id: change.id,
      attempt: change.attempt,
      snapshotSequence,
      activationAt: Math.max(run.lastAt, run.lastActivationAt),
    }
  }
  stopWaiting(run, change.id)
  lease.phase = 'out'
  lease.startedAt = change.startedAt
  lease.held = true
  if (change.renewedAt === undefined) delete lease.notedAt
  else {
    lease.notedAt = change.renewedAt
    lease.renewedAt = Math.max(lease.renewedAt ?? 0, change.renewedAt)
  }
  if (change.holder !== undefined) lease.holder = change.holder
  else {
    lease.handedOver = true
    delete lease.holder
    delete lease.askAt
  }
  lookAgain(run, change.id)
}

function evolveMark(run: RunState, mark: Mark): void {
  switch (mark.type) {
    case 'offering': {
      const lease = findLease(run, mark.id)
      if (lease === undefined) return
      lease.phase = 'offering'
      reserve(run, mark.id)
      if (mark.issued !== undefined && run.activation !== undefined) run.activation.issued = mark.issued
      return
    }
    case 'ready': {
      const lease = findLease(run, mark.id)
      if (lease === undefined) return
      lease.phase = 'ready'
      lease.since = mark.at
      delete lease.holder
      delete lease.startedAt
      delete lease.renewedAt
      delete lease.askAt
      if (lease.dueAt <= mark.at) wait(run, mark.id, mark.at)
      lookAgain(run, mark.id)
      return
    }
    case 'handed-out': {
      if (mark.issued !== undefined && run.activation !== undefined) run.activation.issued = mark.issued
      const lease = findLease(run, mark.id)
      if (lease === undefined) return
      stopWaiting(run, mark.id)
      lease.phase = 'out'
      lease.since = mark.at
      lease.holder = mark.holder
      lease.startedAt ??= mark.at
      lease.renewedAt = mark.at
      lease.askAt = mark.at + keepAfterMs
      lookAgain(run, mark.id)
      return
    }
    case 'renewed': {
      const lease = leaseOf(run, mark.id)
      if (lease === undefined) return
      lease.renewedAt = mark.at
      lookAgain(run, mark.id)
      return
    }
    case 'unparked':
      delete run.problem?.parked
      if (isWaiting(run, 'activation')) groupOf(run, 'activation').dirty = true
      return
    case 'asked': {
      const lease = findLease(run, mark.id)
      if (lease === undefined) return
      lease.askAt = mark.askAt
      if (mark.confirmed === true) lease.asks += 1
      lookAgain(run, mark.id)
      return
    }
    case 'idled': {
      stopWaiting(run, 'activation')
      delete run.activation
      delete run.problem
      run.rerun = false
      run.answered = { id: mark.id, attempt: mark.attempt }
      run.snapshotSequence = mark.snapshotSequence
      run.superseded = 0
      run.unreadSignals = run.unreadSignals.filter((sequence) => sequence > mark.snapshotSequence)
      run.lastActivationAt = mark.activationAt
      refreshActivation(run, run.lastAt)
      return
    }
    case 'kept':
      if (mark.session === undefined) delete run.kept
      else run.kept = { session: mark.session, from: mark.from }
      return
    case 'operations-out': {
      if (mark.names.length === 0) {
        delete run.operations
        return
      }
      const since = run.operations?.names
      const names = new Map(
        mark.names.map(({ operationId, name }) => [operationId, { name, since: since?.get(operationId)?.since ?? mark.at }]),
      )
      const lease = { ...idleLease(mark.at, mark.at), phase: 'out' as const, startedAt: mark.at }
      run.operations = {
        id: mark.id,
        blockEnd: mark.blockEnd,
        names,
        lease: mark.holder ? { ...lease, holder: mark.holder, askAt: mark.at + keepAfterMs } : lease,
      }
      lookAgain(run, 'operations')
      return
    }
    case 'shown':
      if (mark.frame.taskId !== undefined && run.tasks.has(mark.frame.taskId)) run.shelf.add(mark.frame.taskId, mark.frame)
      return
    case 'awaits':
      run.awaits = waitedFor(run.awaits, mark.names, mark.at)
      return
    case 'flow-looked':
      run.flow?.dirty.delete(mark.visit)
      if (mark.starved) run.flow?.starved.add(mark.visit)
      else run.flow?.starved.delete(mark.visit)
      return
    case 'flow-rests':
      if (run.flow !== undefined) run.flow.isWoken = false
      return
    case 'flow-swept':
      if (run.flow !== undefined) run.flow.isSwept = true
      return
  }
}
