/** Asking a run to end: once, and the code decides how it ends. */
import { type Answer, accepted } from '../answer.ts'
import type { Draft } from './draft.ts'
import { closedRefusal } from './refusals.ts'

/** Asked again, nothing is written. `by`: a principal, `parent`, or `execution <id>`, whose request then has an id. */
export function requestCancellation(draft: Draft, by: string, reason: string | undefined, request?: string): Answer<null> {
  const run = draft.run
  if (run.closed !== undefined) return closedRefusal(run)
  if (run.cancellation === undefined) {
    const note = request === undefined ? {} : { note: { request } }
    draft.append('CANCELLATION_REQUESTED', { by, ...(reason !== undefined && { reason }) }, note)
  }
  return accepted(null)
}
