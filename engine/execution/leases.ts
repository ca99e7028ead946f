/**
 * Finding and moving the leases of a run's open work: tasks by their id, the activation by `activation` or the id that
 * it was handed out under, operations by the id of the activation that began them.
 */
import { activationDueAt, operationsDueAt, taskDueAt } from './deadlines.ts'
import type { Subject } from './due-list.ts'
import { blankGroup, type OfferGroup } from './offer-group.ts'
import type { Lease, RunState } from './state.ts'

export const idleLease = (since: number, dueAt: number): Lease => ({ phase: 'ready', since, dueAt, held: false, asks: 0 })

const isTask = (id: string): boolean => id.startsWith('task-')

/** The lease of open work, of that attempt if one is named. */
export function findLease(run: RunState, id: string, attempt?: number): Lease | undefined {
  if (isTask(id)) {
    const task = run.tasks.get(id)
    return task !== undefined && (attempt === undefined || task.attempt === attempt) ? task.lease : undefined
  }
  if (attempt !== undefined && attempt !== run.activationsLost + 1) return undefined
  if (id === 'operations' || run.operations?.id === id) return run.operations?.lease
  const activation = run.activation
  if (activation === undefined) return undefined
  const isIt = id === 'activation' || (activation.issued === undefined ? couldBeOut(run, id) : activation.issued.id === id)
  return isIt ? activation.lease : undefined
}

export const handOutSequence = (activationId: string): number => Number(activationId.slice('activation-'.length))

/** After a restart the service no longer knows what it issued: whatever was handed out since the last answer. */
export function couldBeOut(run: RunState, activationId: string): boolean {
  const sequence = handOutSequence(activationId)
  const isUnanswered = sequence > run.snapshotSequence || run.rerun
  return sequence >= run.lastBlockEnd && sequence <= run.lastSequence && isUnanswered
}

/** As `findLease`; an operation's id stands for all operations that are out. */
export const leaseOf = (run: RunState, id: string): Lease | undefined =>
  id.startsWith('operation-') ? run.operations?.lease : findLease(run, id)

const subjectOf = (run: RunState, id: string): Subject => {
  if (isTask(id)) return id as Subject
  if (id === 'operations' || id.startsWith('operation-') || run.operations?.id === id) return 'operations'
  return 'activation'
}

/** Enters the next deadline of `id` in the due list. */
export function lookAgain(run: RunState, id: string): void {
  const subject = subjectOf(run, id)
  const at = dueAtOf(run, subject)
  if (at !== undefined) run.due.add(subject, at)
}

function dueAtOf(run: RunState, subject: Subject): number | undefined {
  if (subject === 'activation')
    return run.activation && activationDueAt(run.activation, isWaiting(run, 'activation'), run.problem?.parked?.until)
  if (subject === 'operations') return run.operations && operationsDueAt(run.operations)
  const task = run.tasks.get(subject)
  return task && taskDueAt(task, isWaiting(run, task.id))
}

/** The group whose offer speaks of this work. */
export function groupOf(run: RunState, id: string): OfferGroup {
  const task = run.tasks.get(id)
  const fresh =
    task === undefined
      ? blankGroup('activation', run.queue, run.kind, 0)
      : blankGroup('task', task.queue, task.kind, task.priority)
  const group = run.groups.get(fresh.key)
  if (group !== undefined) return group
  run.groups.set(fresh.key, fresh)
  return fresh
}

const waitingId = (id: string): string => (isTask(id) ? id : 'activation')

export const isWaiting = (run: RunState, id: string): boolean => groupOf(run, id).waiting.has(waitingId(id))

/** Characters of authors' values that travel with it. An activation goes alone, and pages its log. */
export function sizeOf(run: RunState, id: string): number {
  const task = run.tasks.get(id)
  return task === undefined ? 0 : task.inputSize + (task.heartbeat?.length ?? 0)
}

/** It looks for a worker from now on. */
export function wait(run: RunState, id: string, at: number): void {
  const group = groupOf(run, id)
  if (!group.waiting.has(waitingId(id))) group.waiting.set(waitingId(id), at)
  group.offering.delete(waitingId(id))
  group.dirty = true
}

/** It is in an offer on its way. */
export const reserve = (run: RunState, id: string): void => {
  groupOf(run, id).offering.add(waitingId(id))
}

/** Operations wait for nobody: who has them says nothing of the activation, though they bear the id of an earlier one. */
export function stopWaiting(run: RunState, id: string): void {
  if (subjectOf(run, id) === 'operations') return
  const group = groupOf(run, id)
  group.waiting.delete(waitingId(id))
  group.offering.delete(waitingId(id))
}

/** A run wants an activation when a waking event lies beyond what its last one saw; at most one is open (L4). */
export function refreshActivation(run: RunState, at: number, delayed = false): void {
  if (run.closed !== undefined || run.activation !== undefined || run.flow !== undefined) return
  if (run.lastWaking <= run.snapshotSequence && !run.rerun) return
  const dueAt = Math.max(at, run.firstActivationAt)
  run.activation = { lease: idleLease(at, dueAt) }
  if (dueAt <= at && !delayed) wait(run, 'activation', at)
  lookAgain(run, 'activation')
}
