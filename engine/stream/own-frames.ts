/** What the service itself shows on the stream, beside the log: work that begins, and attempts that will be followed. */
import type { AttemptEnded, Mark } from '../execution/change.ts'
import { findLease } from '../execution/leases.ts'
import type { RunState } from '../execution/state.ts'
import { type Frame, frameOf } from './frame.ts'

/** Work that is with a worker for the first time; one that is found again after a restart may be shown twice. */
export function begunFrame(run: RunState, mark: Mark, now: number): Frame | undefined {
  if (mark.type !== 'handed-out' || findLease(run, mark.id)?.startedAt !== undefined) return undefined
  const subject = { run: run.number, afterSequence: run.lastSequence }
  const { workerId } = mark.holder
  const who = workerId === '' ? {} : { workerId }
  const task = run.tasks.get(mark.id)
  if (task !== undefined) return frameOf('TaskStarted', { ...subject, taskId: task.id }, { attempt: task.attempt, ...who }, now)
  if (run.activation === undefined) return undefined
  return frameOf('ActivationStarted', subject, { attempt: run.activationsLost + 1, ...who }, now)
}

/** An attempt that failed where another follows. */
export function retryingFrame(run: RunState, ended: AttemptEnded, now: number): Frame | undefined {
  if (!run.tasks.has(ended.work)) return undefined
  const { type, message } = JSON.parse(ended.failure) as { type: string; message: string }
  return frameOf(
    'TaskRetrying',
    { run: run.number, taskId: ended.work, afterSequence: run.lastSequence },
    { attempt: ended.attempt, failure: { type, message }, nextAt: ended.nextAt },
    now,
  )
}
