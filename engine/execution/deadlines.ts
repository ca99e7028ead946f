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
