/** Work on its way to a worker, before the shell puts it into words: it alone reads authors' values. */
import { limits } from '../../schemas/limits.ts'
import type { Issued } from './change.ts'
import type { Draft } from './draft.ts'
import type { RunState } from './state.ts'

export type Parcel =
  | { type: 'task'; run: number; id: string; attempt: number; at: number }
  /** `blockEnd`: of the block that is the last when it is given. */
  | { type: 'activation'; run: number; id: string; attempt: number; blockEnd: number; issued: Issued; from: number }

/** The activation as it would be given to that session now. */
export function activationParcel(
  draft: Draft,
  run: RunState,
  session: string | undefined,
): Extract<Parcel, { type: 'activation' }> {
  const issued = issue(draft, run)
  const { id, attempt } = issued
  return { type: 'activation', run: run.number, id, attempt, blockEnd: run.lastBlockEnd, issued, from: knownTo(run, session) }
}

const issue = (draft: Draft, run: RunState): Issued => ({
  id: `activation-${run.lastSequence}`,
  attempt: run.activationsLost + 1,
  snapshotSequence: run.lastSequence,
  activationAt: Math.max(draft.now, run.lastAt, run.lastActivationAt),
})

/** The end of what the session has of the log. A short log is sent whole in any case: nobody need ask for its beginning. */
const knownTo = (run: RunState, session: string | undefined): number =>
  run.kept === undefined || run.kept.session !== session || run.logBytes <= limits.wholeLogBytes ? 0 : run.kept.from
