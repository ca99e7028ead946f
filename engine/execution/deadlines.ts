/** When each open thing of a run wants to be looked at next. Epoch ms; undefined is never. */
import type { Lease, OpenActivation, OpenTask, OperationsOut, RunState } from './state.ts'

/** Work still out after this becomes durable on both sides. */
export const keepAfterMs = 5_000
/** An activation without answer or renewal is taken back. */
export const activationLeaseMs = 30_000
/** A task that does not answer its cancellation is closed. */
export const cancelGraceMs = 30_000

const earliest = (...times: (number | undefined)[]): number | undefined => {
  let least: number | undefined
  for (const time of times) if (time !== undefined && (least === undefined || time < least)) least = time
  return least
}

const after = (start: number | undefined, ms: number | undefined): number | undefined =>
  start === undefined || ms === undefined ? undefined : start + ms

/**
 * After such a silence whoever has it has it no longer; undefined: it may be silent, its queue knows whether it is there.
 * `longestMs`: a task's heartbeat timeout, if it has one, or `activationLeaseMs`.
 */
const silenceMs = (lease: Lease, longestMs: number | undefined): number | undefined => earliest(lease.holder?.leaseMs, longestMs)

/** Of that time: signs are written down no more often, since each is a write. */
const notedShare = 1 / 3

/** A sign of life is to be written down: silence is found out whatever restarts meanwhile. */
export function mustNoteSign(lease: Lease, longestMs: number | undefined, now: number): boolean {
  const limit = silenceMs(lease, longestMs)
  return lease.held && limit !== undefined && now - (lease.notedAt ?? 0) >= limit * notedShare
}

/** After a restart: the last sign of life, or the latest that need not have been written down. */
export function signBefore(lease: Lease, longestMs: number | undefined, now: number): number {
  const limit = silenceMs(lease, longestMs)
  if (limit === undefined || lease.notedAt === undefined) return now
  return Math.min(now, lease.notedAt + limit * notedShare)
}

const lastSign = (lease: Lease): number | undefined => lease.renewedAt ?? lease.startedAt

export const taskDeadlines = (task: OpenTask) => {
  const { lease, timeouts } = task
  const out = lease.phase === 'out'
  return {
    scheduleToClose: after(task.scheduledAt, timeouts.scheduleToCloseMs),
    scheduleToStart:
      lease.phase === 'ready' || lease.phase === 'offering' ? after(lease.dueAt, timeouts.scheduleToStartMs) : undefined,
    startToClose: out ? after(lease.startedAt, timeouts.startToCloseMs) : undefined,
    heartbeat: out ? after(lastSign(lease), timeouts.heartbeatMs) : undefined,
    leaseEnd: out ? after(lastSign(lease), lease.holder?.leaseMs) : undefined,
    cancelGrace: after(task.cancelRequestedAt, cancelGraceMs),
    ask: lease.askAt,
  }
}

export function taskDueAt(task: OpenTask, waiting: boolean): number | undefined {
  const backoff = task.lease.phase === 'ready' && !waiting ? task.lease.dueAt : undefined
  return earliest(backoff, ...Object.values(taskDeadlines(task)))
}

export const workLeaseEnd = (lease: Lease): number | undefined =>
  lease.phase === 'out' ? after(lastSign(lease), lease.holder?.leaseMs ?? activationLeaseMs) : undefined

export function activationDueAt(
  activation: OpenActivation,
  waiting: boolean,
  parkedUntil: number | undefined,
): number | undefined {
  const backoff = activation.lease.phase === 'ready' && !waiting ? activation.lease.dueAt : undefined
  return earliest(backoff, workLeaseEnd(activation.lease), activation.lease.askAt, parkedUntil)
}

export const operationsDueAt = (operations: OperationsOut): number | undefined =>
  earliest(workLeaseEnd(operations.lease), operations.lease.askAt)

export const runDueAt = (run: RunState): number | undefined => run.timeoutAt
