/** The one alarm of an object: when it is set again. */
import { describe, expect, it } from 'vitest'
import { alarmAfterFailure, alarmFor } from '../../engine/alarm.ts'

const now = 1_000_000

describe('L8 the alarm', () => {
  it('is moved only to be earlier', () => {
    expect(alarmFor(undefined, now + 500, now)).toBe(now + 500)
    expect(alarmFor(now + 900, now + 500, now)).toBe(now + 500)
    expect(alarmFor(now + 300, now + 500, now)).toBeUndefined()
    expect(alarmFor(now + 300, undefined, now)).toBeUndefined()
  })

  it('that should have fired long ago is lost, and set again', () => {
    expect(alarmFor(now - 2_000, now + 500, now)).toBeUndefined()
    expect(alarmFor(now - 60_000, now + 500, now)).toBe(now + 500)
  })

  it('for a duty as old as time itself is one that the platform takes', () => {
    expect(alarmFor(undefined, 0, now)).toBe(1)
    expect(alarmFor(now + 5_000, 0, now)).toBe(1)
  })

  it('is near after a failed transaction, and not later than it was', () => {
    expect(alarmAfterFailure(undefined, now)).toBe(now + 5_000)
    expect(alarmAfterFailure(now + 60_000, now)).toBe(now + 5_000)
    expect(alarmAfterFailure(now + 1_000, now)).toBe(now + 1_000)
    // One that is due is not set to the past: a disk that fails on would be asked without pause.
    expect(alarmAfterFailure(now - 1, now)).toBe(now + 5_000)
  })
})
