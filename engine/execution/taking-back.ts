/** Work whose worker is gone. Taking back is a write: the next attempt fences the one that is lost. */
import { loseTask } from './attempts.ts'
import type { Draft } from './draft.ts'
import type { RunState } from './state.ts'

export function lose(draft: Draft, run: RunState, id: string): void {
  const task = run.tasks.get(id)
  if (task !== undefined) loseTask(draft, task)
  else loseActivation(draft, run)
}

/** The open activation and what it left running are taken back: their tokens are void, another attempt begins at once. */
export function loseActivation(draft: Draft, run: RunState): void {
  const attempt = run.activationsLost + 1
  if (run.activation?.issued !== undefined) draft.endHold(run.activation.issued.id, attempt, run.activation.lease)
  if (run.operations !== undefined) draft.endHold(run.operations.id, attempt, run.operations.lease)
  draft.record({
    type: 'attempt-ended',
    run: run.number,
    work: 'activation',
    attempt,
    after: run.lastSequence,
    outcome: 'FAILED',
    endedAt: draft.now,
    nextAt: draft.now,
    failure: JSON.stringify({ type: 'WORKER_LOST', message: `the worker that had activation attempt ${attempt} was lost` }),
  })
}
