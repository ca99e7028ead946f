/** How a task's attempt ends: with the task, or with another attempt. */
import type { TimeoutType } from '../../schemas/statuses.ts'
import type { ReportedFailure } from './commands.ts'
import type { Draft } from './draft.ts'
import type { EventNote } from './log-event.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { OpenTask, RunState } from './state.ts'

const noteOf = (task: OpenTask): EventNote | undefined => {
  const { startedAt, holder } = task.lease
  if (startedAt === undefined) return undefined
  return { startedAt, ...(holder?.workerId && { workerId: holder.workerId }) }
}

export const ownFailure = (type: string, message: string): ReportedFailure => ({
  type,
  message,
  text: JSON.stringify({ type, message }),
})

export function completeTask(draft: Draft, task: OpenTask, output: string | undefined): void {
  draft.endHold(task.id, task.attempt, task.lease)
  draft.append('TASK_COMPLETED', { taskId: task.id, attempt: task.attempt }, { payload: output, note: noteOf(task) })
}

/** The worker says that the attempt failed. */
export function failTask(draft: Draft, task: OpenTask, failure: ReportedFailure): void {
  if (task.cancelRequestedAt !== undefined && failure.type === 'CANCELLED') return cancelledTask(draft, task)
  const final =
    failure.nonRetryable === true || task.retry.nonRetryable.includes(failure.type) || task.cancelRequestedAt !== undefined
  draft.endHold(task.id, task.attempt, task.lease)
  if (final || !attemptsLeft(task)) {
    draft.append('TASK_FAILED', { taskId: task.id, attempt: task.attempt }, { payload: failure.text, note: noteOf(task) })
    return
  }
  tryAgain(draft, task, failure, 'FAILED', failure.retryAfterMs ?? backOff(draft, task))
}

/** The worker that had it is gone: that was an attempt, and the next begins at once. */
export function loseTask(draft: Draft, task: OpenTask): void {
  if (task.cancelRequestedAt !== undefined) return cancelledTask(draft, task)
  const failure = ownFailure('WORKER_LOST', `the worker that had attempt ${task.attempt} was lost`)
  draft.endHold(task.id, task.attempt, task.lease)
  if (!attemptsLeft(task)) {
    draft.append('TASK_FAILED', { taskId: task.id, attempt: task.attempt }, { payload: failure.text, note: noteOf(task) })
    return
  }
  tryAgain(draft, task, failure, 'FAILED', 0)
}

/** `START_TO_CLOSE` and `HEARTBEAT` end the attempt, the other two end the task; whoever has it is told to stop. */
export function timeOutTask(draft: Draft, task: OpenTask, timeout: TimeoutType): void {
  draft.stopHolder(task.id, task.attempt, task.lease, timeout)
  if (task.cancelRequestedAt !== undefined) return cancelledTask(draft, task)
  const retried = timeout === 'START_TO_CLOSE' || timeout === 'HEARTBEAT'
  if (retried && attemptsLeft(task)) {
    const failure = ownFailure('TIMEOUT', `attempt ${task.attempt} ran into ${timeout}`)
    tryAgain(draft, task, failure, 'TIMED_OUT', backOff(draft, task))
    return
  }
  draft.append('TASK_TIMED_OUT', { taskId: task.id, attempt: task.attempt, timeout }, { note: noteOf(task) })
}

export function cancelledTask(draft: Draft, task: OpenTask): void {
  draft.endHold(task.id, task.attempt, task.lease)
  draft.append('TASK_CANCELLED', { taskId: task.id, attempt: task.attempt }, { note: noteOf(task) })
}

/** Nobody has it after all: it looks for a worker, unless it was asked to end while that was not known. */
export function unclaimed(draft: Draft, run: RunState, id: string, since: number): void {
  const task = run.tasks.get(id)
  if (task?.cancelRequestedAt !== undefined) cancelledTask(draft, task)
  else draft.mark({ type: 'ready', id: task === undefined ? 'activation' : id, at: since })
}

/** Who has it is known only now: it was asked to end before. */
export function tellCancelled(draft: Draft, run: RunState, id: string): void {
  const task = run.tasks.get(id)
  const holder = task?.lease.holder
  if (task?.cancelRequestedAt === undefined || holder === undefined) return
  draft.askToStop(task, holder)
}

const attemptsLeft = (task: OpenTask): boolean => task.retry.maximumAttempts === 0 || task.attempt < task.retry.maximumAttempts

const backOff = (draft: Draft, task: OpenTask): number =>
  retryDelayMs(task.retry, task.attempt, `${draft.state.executionId}/${draft.run.number}/${task.id}/${task.attempt}`)

function tryAgain(
  draft: Draft,
  task: OpenTask,
  failure: ReportedFailure,
  outcome: 'FAILED' | 'TIMED_OUT',
  delayMs: number,
): void {
  draft.record({
    type: 'attempt-ended',
    run: draft.run.number,
    work: task.id,
    attempt: task.attempt,
    after: draft.run.lastSequence,
    outcome,
    ...noteOf(task),
    endedAt: draft.now,
    nextAt: draft.now + delayMs,
    failure: failure.text,
    ...(task.heartbeat !== undefined && { lastHeartbeat: task.heartbeat }),
  })
}
