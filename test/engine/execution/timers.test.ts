/** Many timers, and long ones. N3, L8. */
import { describe, expect, it } from 'vitest'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { Specimen } from './specimen.ts'

const timer = (n: number, durationMs: number): WorkflowCommand => ({ type: 'START_TIMER', timerId: `timer-${n}`, durationMs })
const tenYears = 10 * 365 * 86_400_000

describe('timers', () => {
  it('N3 10,000 of one execution fire in the order of their times, each once, with one alarm at a time', () => {
    const durations = Array.from({ length: 10_000 }, (_, n) => 10_000 + ((n * 7_919) % 10_000) * 10)
    const specimen = Specimen.running(durations.map((durationMs, n) => timer(n + 1, durationMs)))
    const begun = specimen.now
    specimen.restart()
    const fireAll = (left: number): void => {
      while (specimen.run.timers.size > left) specimen.advance()
    }
    // The execution dies with many timers behind it and many to come.
    fireAll(6_667)
    specimen.restart()
    fireAll(0)
    const fired = specimen.log.flatMap(({ type, data, at }) =>
      type === 'TIMER_FIRED' && 'timerId' in data ? [{ id: data.timerId, at }] : [],
    )
    expect(new Set(fired.map(({ id }) => id)).size).toBe(10_000)
    const late = fired.filter(({ id, at }) => at !== begun + (durations[Number(id.slice('timer-'.length)) - 1] ?? 0))
    expect(late).toEqual([])
    expect(specimen.run.timers.size).toBe(0)
  })

  it('a sleep of ten years is due after ten years, whatever happens meanwhile', () => {
    const specimen = Specimen.running([timer(1, tenYears)])
    const fireAt = specimen.now + tenYears
    for (let year = 1; year < 10; year += 1) {
      specimen.restart()
      specimen.now += 365 * 86_400_000
      expect(specimen.tick()).toEqual([])
      expect(nextDutyAt(specimen.state, specimen.now)).toBe(fireAt)
    }
    specimen.now = fireAt - 1
    specimen.tick()
    expect(specimen.count('TIMER_FIRED')).toBe(0)
    specimen.restart()
    specimen.advance()
    specimen.tick()
    expect(specimen.count('TIMER_FIRED')).toBe(1)
    expect(specimen.now).toBe(fireAt)
    expect(specimen.activate().issued.snapshotSequence).toBe(specimen.run.lastSequence)
  })
})
