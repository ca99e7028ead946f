/**
 * The one alarm of an object.
 *
 * 1. It is never later than the earliest duty, and is moved only to be earlier: moving it costs a commit (L8).
 * 2. The platform gives up an alarm whose handler failed too often, and tells nobody: one that is long over is set again.
 * 3. A failed transaction has forgotten what was known only in memory: the object looks again soon.
 */

/** An alarm that has not fired by then is taken to be lost; the platform may be late, and to set it again is harmless. */
const lostAfterMs = 10_000
const afterFailureMs = 5_000
/** The platform takes no alarm at 0; a duty may be as old as time itself. */
const firstInstant = 1

/** What the alarm is to be set to, if to anything. `setTo`: what it is set to, as far as is known. */
export function alarmFor(setTo: number | undefined, dutyAt: number | undefined, now: number): number | undefined {
  if (dutyAt === undefined) return undefined
  const alarmAt = Math.max(dutyAt, firstInstant)
  return setTo === undefined || setTo > alarmAt || setTo < now - lostAfterMs ? alarmAt : undefined
}

/** After a failed transaction: the alarm, which may be set to something earlier already. */
export const alarmAfterFailure = (setTo: number | undefined, now: number): number =>
  setTo !== undefined && setTo > now ? Math.min(setTo, now + afterFailureMs) : now + afterFailureMs
