/** Lengths of time as authors write them. */
import { parseDuration as parse, type Unit } from '../../schemas/duration.ts'

/** A number of milliseconds, or text such as `'250ms'`, `'1s'`, `'5 minutes'`, `'1 hour'`, `'3 days'`. At most ten years. */
export type Duration = number | `${number}${'' | ' '}${Unit}`

const tenYearsMs = 315_576_000_000

/**
 * Whole milliseconds, rounded up.
 *
 * @param what how a refusal calls it, where there are several
 * @throws RangeError when it is negative, over ten years, or not a duration at all
 */
export function milliseconds(duration: Duration, what?: string): number {
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (!(ms >= 0 && ms <= tenYearsMs)) {
    const given = typeof duration === 'string' ? JSON.stringify(duration) : String(duration)
    const place = what === undefined ? '' : `${what}: `
    throw new RangeError(`${place}${given} is not a duration: use milliseconds or text such as '5 minutes', up to ten years`)
  }
  return Math.ceil(ms)
}
