/** When the index is told: after a moment, then at most once a second, and again until it has heard. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstNewsMs, News, newsEveryMs } from '../../../engine/index/news.ts'
import type { Summary } from '../../../engine/index/summary.ts'
import { summary } from './disk.ts'

const started = summary('a', { status: 'PENDING' })
const running = summary('a', { status: 'RUNNING', sequence: 2 })
const waiting = summary('a', { status: 'WAITING', sequence: 3 })
const closed = summary('a', { status: 'COMPLETED', sequence: 4, closedAt: 1_500 })

function tell(news: News, summary: Summary, now: number): Summary | undefined {
  news.look(summary, now)
  const sent = news.take(now)
  if (sent !== undefined) news.answered(true)
  return sent
}

/** News of an execution that was made a moment ago. */
function introduce(news: News, summary: Summary, now: number): Summary | undefined {
  news.look(summary, now - firstNewsMs)
  return tell(news, summary, now)
}

test('a new execution is told of after a moment, by a timer', () => {
  const news = new News()
  expect(tell(news, started, 1_000)).toBeUndefined()
  expect(tell(news, running, 1_001)).toBeUndefined()
  expect([news.isDue, news.timerAt()]).toEqual([true, 1_000 + firstNewsMs])
  expect(tell(news, running, 1_000 + firstNewsMs)).toBe(running)
})

test('one that has closed by then is told of once, at once', () => {
  const news = new News()
  expect(tell(news, started, 1_000)).toBeUndefined()
  expect(tell(news, closed, 1_010)).toBe(closed)
  expect([news.isDue, news.timerAt()]).toEqual([false, undefined])
})

test('the first goes when its moment has come, what is soon over waits for its second, and what is the same does not go', () => {
  const news = new News()
  expect(introduce(news, started, 1_000)).toBe(started)
  expect(news.isDue).toBe(false)
  expect(tell(news, running, 1_010)).toBeUndefined()
  expect(news.isDue).toBe(true)
  // It is worth no timer: it goes with what comes next, or by the alarm.
  expect([news.dueAt(), news.timerAt()]).toEqual([2_000, undefined])
  expect(tell(news, { ...running, sequence: 3 }, 2_000)?.sequence).toBe(3)
  expect(tell(news, { ...running, sequence: 9, revision: 9 }, 9_000)).toBeUndefined()
  expect(news.isDue).toBe(false)
})

test('a rest within a second goes by a timer', () => {
  const news = new News()
  introduce(news, started, 1_000)
  expect(tell(news, waiting, 1_001)).toBeUndefined()
  expect(news.timerAt()).toBe(2_000)
  expect(tell(news, waiting, 2_000)).toBe(waiting)
})

test('L8 a closing goes at once, but not twice within a second', () => {
  const news = new News()
  introduce(news, started, 1_000)
  expect(tell(news, closed, 1_001)).toBe(closed)
  const again = { ...started, run: 2, sequence: 1 }
  const closedAgain = { ...closed, run: 2 }
  expect(tell(news, again, 1_002)).toBeUndefined()
  expect(tell(news, closedAgain, 1_003)).toBeUndefined()
  expect(news.timerAt()).toBe(2_001)
  expect(tell(news, closedAgain, 2_001)).toBe(closedAgain)
})

describe('what was found on disk', () => {
  test('is told with what comes a second later, without a timer', () => {
    const news = new News(1_000)
    expect(tell(news, waiting, 1_000)).toBeUndefined()
    expect([news.dueAt(), news.timerAt()]).toEqual([2_000, undefined])
    expect(tell(news, waiting, 2_000)).toBe(waiting)
  })

  test('is told at once when an alarm woke it: it may be what nobody was told', () => {
    const news = new News(1_000)
    news.look(waiting, 1_000)
    news.hurry()
    expect(tell(news, waiting, 1_000)).toBe(waiting)
    news.hurry()
    expect(tell(news, running, 1_500)).toBeUndefined()
  })

  test('another rest than that is told at once', () => {
    const news = new News(1_000)
    expect(tell(news, waiting, 1_000)).toBeUndefined()
    const other = { ...waiting, attributes: { a: 1 } }
    expect(tell(news, other, 1_001)).toBe(other)
  })
})

test('one message at a time; what did not arrive is told again, later and later, and as it is by then', () => {
  const news = new News()
  news.look(started, 1_000 - firstNewsMs)
  expect(news.take(1_000)).toBe(started)
  news.look(running, 5_000)
  expect(news.take(5_000)).toBeUndefined()
  news.answered(false)
  expect(news.dueAt()).toBe(2_000)
  expect(news.take(6_000)).toBe(running)
  news.answered(false)
  expect(news.dueAt()).toBe(8_000)
  for (let failure = 3, at = 8_000; failure < 100; failure += 1, at = news.dueAt() ?? 0) {
    expect(news.take(at)).toBe(running)
    news.answered(false)
    expect((news.dueAt() ?? 0) - at).toBeLessThanOrEqual(60_000)
  }
  news.look(closed, 100_000_000)
  expect(news.take(100_000_000)).toBe(closed)
  news.answered(false)
  expect(news.dueAt()).toBe(100_005_000)
})

describe('what is news', () => {
  const news = (told: Summary, next: Summary, now = 2_000): boolean => {
    const desk = new News()
    introduce(desk, told, 1_000)
    desk.look(next, now)
    return desk.isDue
  }
  const work = { queue: 'q', type: 'task', kind: 'k', since: 1 } as const
  const problem = { type: 'X', message: 'm', since: 1 }

  test.each<[string, boolean, Partial<Summary>, Partial<Summary>]>([
    ['a step alone', false, {}, { sequence: 7, revision: 7 }],
    ['a status', true, {}, { status: 'RUNNING' }],
    ['a run', true, {}, { run: 2 }],
    ['attributes', true, { attributes: { a: 1 } }, { attributes: { a: 2 } }],
    ['equal attributes', false, { attributes: { a: 1 } }, { attributes: { a: 1 } }],
    ['a problem', true, {}, { problem }],
    ['the end of a problem', true, { problem }, {}],
    ['waiting work', true, {}, { waiting: [work] }],
    ['other waiting work', true, { waiting: [work] }, { waiting: [{ ...work, kind: 'l' }] }],
    ['waiting since another time', false, { waiting: [work] }, { waiting: [{ ...work, since: 5 }] }],
    ['a duty', true, {}, { dutyAt: 60_000 }],
    ['no duty more', true, { dutyAt: 60_000 }, {}],
    ['a later duty while the told one is to come', false, { dutyAt: 60_000 }, { dutyAt: 90_000 }],
    ['a later duty when the told one has passed', true, { dutyAt: 1_500 }, { dutyAt: 90_000 }],
    ['a duty that is a little nearer', false, { dutyAt: 100_000 }, { dutyAt: 50_000 }],
    ['a duty that is much nearer', true, { dutyAt: 100_000 }, { dutyAt: 30_000 }],
  ])('%s: %s', (_, isNews, told, next) => {
    expect(news(summary('a', told), summary('a', next))).toBe(isNews)
  })
})

test('whatever happens and whatever is lost: no more than two a second, and in the end the index has the last', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 700 }),
    next: fc.constantFrom(started, running, waiting, closed),
    arrives: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const news = new News()
      const sentAt: number[] = []
      let index: Summary | undefined
      let now = 0
      let revision = 0
      const send = (arrives: boolean) => {
        const sent = news.take(now)
        if (sent === undefined) return
        sentAt.push(now)
        if (arrives) index = sent
        news.answered(arrives)
      }
      for (const { wait, next, arrives } of steps) {
        now += wait
        revision += 1
        news.look({ ...next, revision }, now)
        send(arrives)
      }
      while (news.isDue) {
        now = Math.max(now, news.dueAt() ?? now)
        send(true)
      }
      expect(index?.status).toBe(steps.at(-1)?.next.status)
      for (const [at, time] of sentAt.entries())
        expect((sentAt[at + 2] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThanOrEqual(newsEveryMs)
    }),
  )
})
