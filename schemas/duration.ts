/** Lengths of time as text: `'250ms'`, `'1s'`, `'5 minutes'`. */

const unitMs = {
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
} as const

export type Unit = keyof typeof unitMs

export const durationPattern = /^\s*\d+(?:\.\d+)?\s*(?:ms|s|seconds?|m|minutes?|h|hours?|d|days?)\s*$/

const isUnit = (text: string): text is Unit => Object.hasOwn(unitMs, text)

/**
 * Milliseconds, rounded up; NaN when it is no duration. In whole numbers: 0.07 hours are 252,000 ms, although the
 * product of the doubles is a trace more.
 */
export function parseDuration(text: string): number {
  const [, whole = '', fraction = '', unit = ''] = /^\s*(\d+)(?:\.(\d+))?\s*([a-z]+)\s*$/.exec(text) ?? []
  if (!isUnit(unit)) return Number.NaN
  const scale = 10n ** BigInt(fraction.length)
  return Number((BigInt(whole + fraction) * BigInt(unitMs[unit]) + scale - 1n) / scale)
}
