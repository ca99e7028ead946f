/** Asking a run to end: once, and the code decides how it ends. */
import { type Answer, accepted } from '../answer.ts'
import type { Draft } from './draft.ts'
import { closedRefusal } from './refusals.ts'

/** Asked again, nothing is written. `by`: a principal, `parent`, or `execution <id>`. */
export function requestCancellation(draft: Draft, by: string, reason: string | undefined): Answer<null> {
  const run = draft.run
  if (run.closed !== undefined) return closedRefusal(run)
  if (run.cancellation === undefined) {
    draft.append('CANCELLATION_REQUESTED', { by, ...(reason !== undefined && { reason }) })
  }
  return accepted(null)
}
