/** Lengths of time as authors write them. */

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days'

/** A number of milliseconds, or text such as `'250ms'`, `'1s'`, `'5 minutes'`, `'1 hour'`, `'3 days'`. At most ten years. */
export type Duration = number | `${number}${'' | ' '}${Unit}`

const unitMs: Record<Unit, number> = {
  ms: 1,
  s: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

const isUnit = (text: string): text is Unit => Object.hasOwn(unitMs, text)
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

/** In whole numbers: 0.07 hours are 252,000 ms, although the product of the doubles is a trace more. */
function parse(text: string): number {
  const [, whole = '', fraction = '', unit = ''] = /^\s*(\d+)(?:\.(\d+))?\s*([a-z]+)\s*$/.exec(text) ?? []
  if (!isUnit(unit)) return Number.NaN
  const scale = 10n ** BigInt(fraction.length)
  return Number((BigInt(whole + fraction) * BigInt(unitMs[unit]) + scale - 1n) / scale)
}
