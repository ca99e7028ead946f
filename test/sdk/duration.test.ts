/** Durations as authors write them, against plain arithmetic. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Duration, milliseconds } from '../../sdk/definition/duration.ts'

const units = [
  [1, ['ms']],
  [1_000, ['s', 'second', 'seconds']],
  [60_000, ['m', 'minute', 'minutes']],
  [3_600_000, ['h', 'hour', 'hours']],
  [86_400_000, ['d', 'day', 'days']],
] as const
const spelled = units.flatMap(([ms, names]) => names.map((name) => ({ ms, name })))
const tenYearsMs = 315_576_000_000

describe('a duration', () => {
  test.each([
    [0, 0],
    [250, 250],
    ['250ms', 250],
    ['1s', 1_000],
    ['5 minutes', 300_000],
    ['1 hour', 3_600_000],
    ['3 days', 259_200_000],
    ['1.5h', 5_400_000],
    [tenYearsMs, tenYearsMs],
  ] satisfies [Duration, number][])('%j is %i ms', (duration, ms) => {
    expect(milliseconds(duration)).toBe(ms)
  })

  test('is rounded up to whole milliseconds, never to nothing', () => {
    expect([milliseconds(0.2), milliseconds(1.001), milliseconds('0.5ms')]).toEqual([1, 2, 1])
  })

  test('in hundredths of any unit is exact, as 0.07 hours, whose product of doubles is not', () => {
    expect(milliseconds('0.07 hours')).toBe(252_000)
    fc.assert(
      fc.property(
        fc.constantFrom(...spelled),
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom('' as const, ' ' as const),
        (unit, hundredths, space) => {
          const exact = Number((BigInt(hundredths) * BigInt(unit.ms) + 99n) / 100n)
          expect(milliseconds(`${hundredths / 100}${space}${unit.name}`)).toBe(exact)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, tenYearsMs + 1, '4000 days'] satisfies Duration[])(
    '%s is refused, and named',
    (duration) => {
      expect(() => milliseconds(duration)).toThrow(RangeError)
      expect(() => milliseconds(duration)).toThrow(String(duration))
    },
  )

  test.each(['', 'soon', '5', '5 weeks', '-1s', '1s 5ms', '1e3s', 'NaNs'])('text that TypeScript refuses too: %j', (text) => {
    expect(() => milliseconds(text as Duration)).toThrow(`${JSON.stringify(text)} is not a duration`)
  })
})
