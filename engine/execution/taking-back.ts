/** Work whose worker is gone. Taking back is a write: the next attempt fences the one that is lost. */
import { loseTask, ownFailure } from './attempts.ts'
import type { ReportedFailure } from './commands.ts'
import type { Draft } from './draft.ts'
import type { RunState } from './state.ts'

export function lose(draft: Draft, run: RunState, id: string): void {
  const task = run.tasks.get(id)
  if (task !== undefined) loseTask(draft, task)
  else loseActivation(draft, run)
}

/** The open activation and what it left running are taken back. */
export function loseActivation(draft: Draft, run: RunState): void {
  endActivationAttempt(draft, run, (attempt) =>
    ownFailure('WORKER_LOST', `the worker that had activation attempt ${attempt} was lost`),
  )
}

/** The answer would have closed the run before its code had read a signal: it is asked again, with what it had not seen. */
export function supersedeActivation(draft: Draft, run: RunState): void {
  endActivationAttempt(draft, run, (attempt) => ownFailure('SUPERSEDED', `attempt ${attempt} had not seen the last signal`))
}

/** Its tokens are void, another attempt begins at once. */
function endActivationAttempt(draft: Draft, run: RunState, failureOf: (attempt: number) => ReportedFailure): void {
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
    failure: failureOf(attempt).text,
  })
}
