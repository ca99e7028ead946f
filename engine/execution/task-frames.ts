/** What a task's code sends while it runs: shown to live readers, kept for late ones, never written. */
import { type Answer, accepted } from '../answer.ts'
import { taskFrameOf } from '../stream/frame.ts'
import type { CheckedReport } from './commands.ts'
import type { Draft } from './draft.ts'
import { closedRefusal, staleRefusal } from './refusals.ts'
import type { RunState } from './state.ts'

type FramesReport = Extract<CheckedReport, { type: 'frames' }>

/** Only the open attempt is heard. Its frames are signs of life, like heartbeats. */
export function showTaskFrames(draft: Draft, run: RunState, said: FramesReport): Answer<{ cancelRequested?: boolean }> {
  const task = run.tasks.get(said.id)
  if (task?.attempt !== said.attempt) return staleRefusal(said.id)
  if (run.closed !== undefined) return closedRefusal(run)
  draft.mark({ type: 'renewed', id: task.id, at: draft.now })
  const subject = { run: run.number, taskId: task.id, attempt: task.attempt, afterSequence: run.lastSequence }
  for (const frame of said.frames) draft.show(taskFrameOf(frame, subject, draft.now))
  return accepted({ cancelRequested: task.cancelRequestedAt !== undefined })
}
