/** W7, W9 to W12, W16, N3, N13: how attempts end, and what comes after. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { lost } from '../../../engine/execution/holders.ts'
import { fullRetryPolicy, retryDelayMs } from '../../../engine/execution/retry-delay.ts'
import { Specimen, schedule } from './specimen.ts'

const stale = { ok: false, refusal: { code: 'stale_attempt' } }

function claimed(specimen: Specimen) {
  const [parcel] = specimen.claim('task', 'work')
  if (parcel === undefined) throw new Error('no task is waiting')
  return parcel
}

/** The next attempt, once it is due. */
function nextAttempt(specimen: Specimen) {
  for (let round = 0; round < 20; round += 1) {
    specimen.advance()
    const [parcel] = specimen.claim('task', 'work')
    if (parcel !== undefined) return parcel
  }
  throw new Error('the next attempt never came')
}

/** Does what is due until this is in the log. */
function until(specimen: Specimen, type: string): void {
  for (let round = 0; round < 20 && specimen.count(type) === 0; round += 1) specimen.advance()
}

describe('retries', () => {
  it('back off by the coefficient, with jitter of at most 10 %, up to the cap', () => {
    const policy = fullRetryPolicy({ initialIntervalMs: 1_000, backoffCoefficient: 3, maximumIntervalMs: 20_000 })
    for (const [attempt, ms] of [
      [1, 1_000],
      [2, 3_000],
      [3, 9_000],
      [4, 20_000],
      [9, 20_000],
    ] as const) {
      const delay = retryDelayMs(policy, attempt, `seed ${attempt}`)
      expect(delay).toBeGreaterThanOrEqual(ms * 0.9)
      expect(delay).toBeLessThanOrEqual(ms * 1.1)
    }
    const jittered = new Set(Array.from({ length: 50 }, (_, seed) => retryDelayMs(policy, 1, `seed ${seed}`)))
    expect(jittered.size).toBeGreaterThan(25)
    expect(retryDelayMs(policy, 2, 'same')).toBe(retryDelayMs(policy, 2, 'same'))
  })

  it('W9 the delay never overflows, over 10,000 attempts and every policy', () => {
    const policies = fc.record({
      initialIntervalMs: fc.integer({ min: 0, max: 315_576_000_000 }),
      backoffCoefficient: fc.double({ min: 1, max: 1_000, noNaN: true }),
      maximumIntervalMs: fc.integer({ min: 0, max: 315_576_000_000 }),
    })
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 10_000 }), (policy, attempt) => {
        const delay = retryDelayMs(fullRetryPolicy(policy), attempt, 'x')
        expect(Number.isSafeInteger(delay)).toBe(true)
        expect(delay).toBeLessThanOrEqual(policy.maximumIntervalMs * 1.1 + 1)
      }),
    )
  })

  it('W10 W12 non-retryable ends at once, by flag, by type, and when attempts are used up', () => {
    const flagged = Specimen.running([schedule(1)])
    flagged.fail(claimed(flagged), { nonRetryable: true })
    expect(flagged.types().at(-1)).toBe('TASK_FAILED')

    const typed = Specimen.running([schedule(1, { retry: { nonRetryable: ['BadImage'] } })])
    typed.fail(claimed(typed), { type: 'BadImage' })
    expect(typed.types().at(-1)).toBe('TASK_FAILED')

    const limited = Specimen.running([schedule(1, { retry: { maximumAttempts: 3 } })])
    limited.fail(claimed(limited))
    limited.fail(nextAttempt(limited))
    expect(limited.count('TASK_FAILED')).toBe(0)
    limited.fail(nextAttempt(limited))
    expect(limited.log.at(-1)).toMatchObject({ type: 'TASK_FAILED', data: { attempt: 3 } })
    expect(limited.attempts.map(({ attempt, outcome }) => ({ attempt, outcome }))).toEqual([
      { attempt: 1, outcome: 'FAILED' },
      { attempt: 2, outcome: 'FAILED' },
    ])
  })

  it('W12 retryAfterMs of the failure takes the place of the back-off', () => {
    const specimen = Specimen.running([schedule(1)])
    specimen.fail(claimed(specimen), { retryAfterMs: 123_456 })
    const failedAt = specimen.now
    nextAttempt(specimen)
    expect(specimen.now - failedAt).toBe(123_456)
  })

  it('W11 a restart between attempts keeps the due time; a repeated failure makes no second attempt', () => {
    const specimen = Specimen.running([schedule(1)])
    const first = claimed(specimen)
    specimen.fail(first)
    const dueAt = specimen.attempts[0]?.nextAt
    expect(specimen.fail(first)).toMatchObject(stale)
    specimen.restart()
    expect(specimen.attempts).toHaveLength(1)
    expect(specimen.claim('task', 'work')).toEqual([])
    const second = nextAttempt(specimen)
    expect(second.attempt).toBe(2)
    expect(specimen.now).toBe(dueAt)
  })

  it('W12 priority: the higher goes first, whatever the order of the calls', () => {
    const specimen = Specimen.running([schedule(1, { priority: -5 }), schedule(2, { priority: 5 })])
    expect(specimen.offers().map(({ priority, count }) => ({ priority, count }))).toEqual([
      { priority: -5, count: 1 },
      { priority: 5, count: 1 },
    ])
  })

  it('W12 queue: a task is offered on its own queue, else on its workflow’s', () => {
    const specimen = Specimen.running([schedule(1, { queue: 'gpu' }), schedule(2)])
    expect(specimen.offers().map(({ queue }) => queue)).toEqual(['gpu', 'default'])
  })
})

describe('timeouts', () => {
  it('W12 START_TO_CLOSE ends the attempt, the last ends the task; its worker is told', () => {
    const specimen = Specimen.running([schedule(1, { timeouts: { startToCloseMs: 3_000 }, retry: { maximumAttempts: 2 } })])
    claimed(specimen)
    specimen.advance()
    expect(specimen.attempts).toMatchObject([{ attempt: 1, outcome: 'TIMED_OUT' }])
    expect([...specimen.outbox.values()]).toMatchObject([
      { message: { items: [{ id: 'task-1', attempt: 1, cancel: 'START_TO_CLOSE' }] } },
    ])
    nextAttempt(specimen)
    until(specimen, 'TASK_TIMED_OUT')
    expect(specimen.log.at(-1)).toMatchObject({ type: 'TASK_TIMED_OUT', data: { attempt: 2, timeout: 'START_TO_CLOSE' } })
  })

  it('W12 HEARTBEAT ends the attempt unless it is renewed; its details go to the next', () => {
    const specimen = Specimen.running([schedule(1, { timeouts: { heartbeatMs: 3_000 } })])
    const first = claimed(specimen)
    specimen.now += 2_000
    specimen.say({ type: 'heartbeat', run: 1, id: 'task-1', attempt: first.attempt, details: '{"at":7}' })
    specimen.now += 2_000
    specimen.tick()
    expect(specimen.attempts).toEqual([])
    specimen.now += 2_000
    specimen.tick()
    expect(specimen.attempts).toMatchObject([{ outcome: 'TIMED_OUT', lastHeartbeat: '{"at":7}' }])
    specimen.restart()
    expect(specimen.run.tasks.get('task-1')?.heartbeat).toBe('{"at":7}')
  })

  it('W12 HEARTBEAT ends the attempt however often the execution restarts, and not while it is renewed', () => {
    const specimen = Specimen.running([schedule(1, { timeouts: { heartbeatMs: 12_000 } })])
    claimed(specimen)
    specimen.now += 5_000
    specimen.tick()
    const isBeating = (until: number) => specimen.now < until
    for (const end = specimen.now + 60_000; specimen.now < end; specimen.now += 2_500) {
      specimen.tick()
      if (isBeating(end - 24_000)) specimen.say({ type: 'heartbeat', run: 1, id: 'task-1', attempt: 1 })
      if (isBeating(end - 14_000)) expect(specimen.attempts).toEqual([])
      specimen.restart()
    }
    expect(specimen.attempts).toMatchObject([{ outcome: 'TIMED_OUT' }])
  })

  it('W12 SCHEDULE_TO_START ends a task that nobody takes, SCHEDULE_TO_CLOSE one that somebody has', () => {
    const waiting = Specimen.running([schedule(1, { timeouts: { scheduleToStartMs: 2_000 } })])
    waiting.now += 2_000
    waiting.tick()
    expect(waiting.log.at(-1)).toMatchObject({ type: 'TASK_TIMED_OUT', data: { timeout: 'SCHEDULE_TO_START' } })

    const out = Specimen.running([schedule(1, { timeouts: { scheduleToStartMs: 2_000, scheduleToCloseMs: 4_000 } })])
    claimed(out)
    out.now += 3_000
    out.tick()
    expect(out.count('TASK_TIMED_OUT')).toBe(0)
    out.now += 1_000
    out.tick()
    expect(out.log.at(-1)).toMatchObject({ type: 'TASK_TIMED_OUT', data: { timeout: 'SCHEDULE_TO_CLOSE' } })
    expect([...out.outbox.values()]).toMatchObject([{ message: { items: [{ cancel: 'SCHEDULE_TO_CLOSE' }] } }])
  })

  it('a run that takes too long is timed out, and its tasks are stopped', () => {
    const specimen = Specimen.running([schedule(1)], { timeoutMs: 4_000 })
    claimed(specimen)
    specimen.advance()
    expect(specimen.types().at(-1)).toBe('WORKFLOW_TIMED_OUT')
    expect([...specimen.outbox.values()]).toMatchObject([{ message: { items: [{ id: 'task-1', cancel: 'TIMED_OUT' }] } }])
  })
})

describe('L5 fencing', () => {
  it('W7 W16 a late completion of an attempt that was taken back is stale; the new attempt’s result stands', () => {
    const specimen = Specimen.running([schedule(1)])
    const first = claimed(specimen)
    specimen.turn((draft) => lost(draft, 1, [{ id: first.id, attempt: first.attempt }], 's1'))
    const second = claimed(specimen)
    expect(second.attempt).toBe(2)
    expect(specimen.complete(first, '"late"')).toMatchObject(stale)
    specimen.complete(second, '"new"')
    expect(specimen.log.at(-1)).toMatchObject({ type: 'TASK_COMPLETED', payload: '"new"', data: { attempt: 2 } })
    expect(specimen.complete(first, '"late"')).toMatchObject(stale)
  })

  it('W16 a loss that is reported twice, or of somebody else’s attempt, changes nothing', () => {
    const specimen = Specimen.running([schedule(1)])
    const first = claimed(specimen)
    const report = (session: string) => specimen.turn((draft) => lost(draft, 1, [{ id: first.id, attempt: 1 }], session))
    report('another')
    expect(specimen.attempts).toEqual([])
    report('s1')
    report('s1')
    expect(specimen.attempts).toHaveLength(1)
  })

  it('a lost worker uses up an attempt, and the last one fails the task with WORKER_LOST', () => {
    const specimen = Specimen.running([schedule(1, { retry: { maximumAttempts: 1 } })])
    const first = claimed(specimen)
    specimen.turn((draft) => lost(draft, 1, [{ id: first.id, attempt: 1 }], 's1'))
    expect(specimen.log.at(-1)).toMatchObject({ type: 'TASK_FAILED' })
    expect(specimen.log.at(-1)?.payload).toContain('WORKER_LOST')
  })

  it('an activation that was taken back is stale, its successor is the same work with the next attempt', () => {
    const specimen = new Specimen()
    specimen.start()
    const first = specimen.activate()
    specimen.turn((draft) => lost(draft, 1, [{ id: first.id, attempt: first.attempt }], 's1'))
    const second = specimen.activate('s2')
    expect(second).toMatchObject({ id: 'activation-1', attempt: 2 })
    expect(specimen.answer(first, [schedule(1)])).toMatchObject(stale)
    expect(specimen.answer(second, [schedule(1)], {}, 's2')).toEqual({ ok: true, value: {} })
    specimen.restart()
    expect(specimen.answer(second, [schedule(1)], {}, 's2')).toEqual({ ok: true, value: { duplicate: true } })
    expect(specimen.count('TASK_SCHEDULED')).toBe(1)
  })

  it('an activation that nobody answers or renews is taken back after 30 s', () => {
    const specimen = new Specimen()
    specimen.start()
    const first = specimen.activate()
    specimen.now += 20_000
    specimen.say({ type: 'heartbeat', run: 1, id: first.id, attempt: 1 })
    specimen.now += 20_000
    specimen.tick()
    expect(specimen.attempts).toEqual([])
    specimen.now += 10_000
    specimen.tick()
    expect(specimen.attempts).toMatchObject([{ work: 'activation', attempt: 1 }])
    expect(specimen.activate('s2').attempt).toBe(2)
  })
})

describe('L11 terminal is terminal', () => {
  it('N13 nothing changes a closed run: completions, activations, timers, retries, termination', () => {
    const specimen = Specimen.running([schedule(1), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 10 }, schedule(2)])
    const [task, second] = specimen.claim('task', 'work', 2)
    if (task === undefined || second === undefined) throw new Error('no task')
    specimen.complete(second)
    const activation = specimen.activate()
    specimen.turn((draft) => terminate(draft, 'somebody', 'enough'))
    const length = specimen.log.length
    expect(specimen.complete(task)).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    expect(specimen.complete(second)).toEqual({ ok: true, value: { duplicate: true } })
    expect(specimen.complete({ id: 'task-1', attempt: 7 })).toMatchObject(stale)
    expect(specimen.answer(activation, [schedule(3)])).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    specimen.now += 1_000_000
    specimen.tick()
    expect(specimen.log).toHaveLength(length)
    expect(specimen.claim('task', 'work')).toEqual([])
  })

  it('L6 N3 a timer that is due twice, before and after a restart, fires once', () => {
    const specimen = Specimen.running([{ type: 'START_TIMER', timerId: 'timer-1', durationMs: 10 }])
    specimen.now += 10
    specimen.tick()
    specimen.tick()
    specimen.restart()
    specimen.tick()
    expect(specimen.count('TIMER_FIRED')).toBe(1)
  })
})
