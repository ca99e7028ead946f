/**
 * What keeps a run from going on: shown to people until an answer is taken, and, where the code does not fit the log, a
 * reason to give the run to other code. Such a run is parked: offered at once, but not to those who could not go on with it;
 * after a while anybody may try again.
 */
import type { Holder } from '../lease.ts'
import { codeOf } from '../misfit.ts'
import type { AttemptEnded } from './change.ts'
import type { RunProblemState, RunState } from './state.ts'

/** More codes than that, and the run waits for its time: what is tried by everybody at once is tried without end. */
const mostMisfits = 100

export function problemAfter(problem: RunProblemState | undefined, ended: AttemptEnded): RunProblemState {
  const { type, message } = JSON.parse(ended.failure) as { type: string; message: string }
  const parked = parkedAfter(problem?.parked, ended)
  return {
    type,
    message,
    since: problem?.since ?? ended.endedAt,
    attempts: (problem?.attempts ?? 0) + 1,
    ...(ended.determinism !== undefined && { details: ended.determinism }),
    ...(parked !== undefined && { parked }),
  }
}

type Parked = NonNullable<RunProblemState['parked']>

function parkedAfter(parked: Parked | undefined, { misfit, endedAt, nextAt }: AttemptEnded): Parked | undefined {
  const present = parked !== undefined && parked.until > endedAt ? parked : undefined
  if (misfit === undefined) return present
  const not = [...new Set([...(present?.not ?? []), misfit])].sort()
  return not.length > mostMisfits ? undefined : { until: nextAt, not }
}

/** Who is not given the activation now; undefined when anybody may have it. */
export const misfitsOf = (run: RunState): string[] | undefined => run.problem?.parked?.not

export const mayHaveActivation = (run: RunState, holder: Holder): boolean => !misfitsOf(run)?.includes(codeOf(holder))

/** Whose code did not fit: as the report says, else as it is known of who has the activation. */
export function misfitOf(
  holder: Holder | undefined,
  { build, session }: { build?: string | undefined; session?: string | undefined },
): string | undefined {
  if (build !== undefined) return codeOf({ build, session: '', workerId: '' })
  if (holder !== undefined && (session === undefined || session === holder.session)) return codeOf(holder)
  return session === undefined ? undefined : codeOf({ session, workerId: '' })
}
