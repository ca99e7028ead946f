/** Promises that somebody outside settles, and conditions over the code's own variables. */
import { describe, expect, it } from 'vitest'
import { ApplicationFailure, CancelledFailure, PromiseRejected, TimeoutFailure } from '../../../sdk/index.ts'
import { Driver } from './driver.ts'
import { errorOf, flow, keeper, thrownBy, typesOf } from './flow.ts'

const no = { type: 'Rejected', message: 'no', details: [1] }

describe.each([true, false])('ctx.promise, kept in memory: %s', (isKept) => {
  it('D1 D2: has an id by its place, and is created once', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const first = ctx.promise('review', { timeout: '3 days' })
        const second = ctx.promise('review')
        await ctx.task('tell', [first.promiseId, second.promiseId])
        return [await second, await first]
      }),
      { isKept },
    )
    expect((await driver.activate()).commands).toMatchObject([
      { type: 'CREATE_PROMISE', promiseId: 'promise-1', name: 'review', timeoutMs: 259_200_000 },
      { type: 'CREATE_PROMISE', promiseId: 'promise-2', name: 'review' },
      { type: 'SCHEDULE_TASK', input: ['promise-1', 'promise-2'] },
    ])
    driver.log.resolve('promise-1', { $date: '2026-01-01T00:00:00.000Z' })
    expect((await driver.activate()).commands).toEqual([])
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.resolve('promise-2', 'second')
    await driver.activate()
    expect(driver.result).toEqual(['second', new Date('2026-01-01')])
    await driver.agrees()
  })

  it('D8: null, undefined, 0, false, the empty text, and what no worker has encoded, are values', async () => {
    const driver = new Driver(
      flow(async (ctx) => Promise.all([1, 2, 3, 4, 5, 6].map((n) => ctx.promise(`p${n}`)))),
      { isKept },
    )
    await driver.activate()
    for (const [index, value] of [null, undefined, 0, false, '', { $date: 'never' }].entries()) {
      driver.log.resolve(`promise-${index + 1}`, value)
    }
    await driver.activate()
    expect(driver.result).toEqual([null, undefined, 0, false, '', { $date: 'never' }])
  })

  it('N6: one that was settled before it was created is settled when the code is told', async () => {
    const driver = new Driver(
      flow(async (ctx) => ctx.promise('early')),
      { isKept },
    )
    driver.log.settlements.set('early', 'kept')
    await driver.activate()
    expect(driver.result).toBe('open')
    await driver.activate()
    expect(driver.result).toBe('kept')
    await driver.agrees()
  })

  it('D16: rejects with PromiseRejected and its cause, or with a TimeoutFailure', async () => {
    const { keep, kept } = keeper()
    const driver = new Driver(
      flow(async (ctx) => {
        const rejected = ctx.promise('a')
        const late = ctx.promise('b', { timeout: 5 })
        await ctx.task('between')
        await keep(rejected)
        await keep(late)
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.reject('promise-1', no)
    driver.log.timeOut('promise-2')
    driver.log.complete('task-1')
    await driver.activate()
    expect(driver.result).toBeUndefined()
    const [rejected, late] = kept
    expect(PromiseRejected.is(rejected) && rejected).toMatchObject({
      message: 'promise a (promise-1) was rejected: no',
      promise: { promiseId: 'promise-1', name: 'a' },
      cause: { type: 'Rejected', message: 'no', details: [1] },
    })
    expect(PromiseRejected.is(rejected) && ApplicationFailure.is(rejected.cause)).toBe(true)
    expect(TimeoutFailure.is(late)).toBe(true)
  })

  it('is no longer waited for when the code gives it up, or its time is up; who settles it late does no harm', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const given = ctx.promise('a')
        given.cancel()
        const isCancelled = CancelledFailure.is(await thrownBy(given))
        const timedOut = await errorOf(ctx.withTimeout('1s', ctx.promise('b')))
        return [isCancelled, timedOut, await ctx.promise('c')]
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['CREATE_PROMISE', 'CREATE_PROMISE', 'START_TIMER'])
    driver.log.fire('timer-1')
    await driver.activate()
    driver.log.resolve('promise-1', 'late')
    driver.log.reject('promise-2', no)
    driver.log.resolve('promise-3', 'c')
    await driver.activate()
    expect(driver.result).toEqual([true, 'TimeoutFailure: time was up before it was settled', 'c'])
    await driver.agrees()
  })

  it('refuses a name that looks like an id, or is too long, where the code can catch it', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const refused = ['promise-1', 'a/b', 'x'.repeat(201), ''].map((name) => errorOf(ctx.promise(name)))
        return [...(await Promise.all(refused)), await errorOf(ctx.promise('a', { timeout: -1 }))]
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['COMPLETE_WORKFLOW'])
    expect(driver.result).toEqual([
      'InvalidValue: the name of a promise: a promise name is not promise-N',
      'InvalidValue: the name of a promise: a name has no control characters and no /',
      'InvalidValue: the name of a promise: a name has at most 200 characters',
      'InvalidValue: the name of a promise: a name has at least 1 character',
      expect.stringContaining('-1 is not a duration'),
    ])
  })
})

describe.each([true, false])('ctx.until, kept in memory: %s', (isKept) => {
  it('is tested now, and after each event, in order of creation, one at a time', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const order: string[] = []
        let done = 0
        await ctx.until(() => done === 0)
        const second = ctx.until(() => order.includes('first')).then(() => order.push('second'))
        const first = ctx.until(() => done >= 2).then(() => order.push('first'))
        const third = ctx.until(() => done >= 2 && order.length > 0).then(() => order.push('third'))
        for (const n of [1, 2, 3]) {
          await ctx.task('step', n)
          done += 1
        }
        await Promise.all([second, first, third])
        return order
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.complete('task-2')
    await driver.activate()
    driver.log.complete('task-3')
    await driver.activate()
    expect(driver.result).toEqual(['first', 'second', 'third'])
    await driver.agrees()
  })

  it('starts a timer only if it has to wait, and stops it', async () => {
    const { keep, kept } = keeper()
    const driver = new Driver(
      flow(async (ctx) => {
        let isReady = false
        await ctx.until(() => true, { timeout: '1s' })
        const ready = ctx.until(() => isReady, { timeout: '1 hour' })
        await ctx.task('prepare')
        isReady = true
        await ready
        await keep(ctx.until(() => false, { timeout: '1s' }))
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['START_TIMER', 'SCHEDULE_TASK'])
    driver.log.complete('task-1')
    const { commands, awaiting } = await driver.activate()
    expect(typesOf(commands)).toEqual(['CANCEL_TIMER', 'START_TIMER'])
    expect(awaiting).toEqual([{ type: 'condition' }])
    driver.log.fire('timer-2')
    await driver.activate()
    expect(TimeoutFailure.is(kept[0]) && kept[0].message).toBe('time was up before the condition held')
    await driver.agrees()
  })

  it('rejects with what its condition throws; a condition that gives a promise is refused', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        let value: { isReady: boolean } | undefined = { isReady: false }
        // @ts-expect-error a condition answers at once
        const broken = errorOf(ctx.until(async () => true))
        const thrown = errorOf(
          ctx.until(() => {
            if (value === undefined) throw new RangeError('gone')
            return false
          }),
        )
        await ctx.sleep(1)
        value = undefined
        return [await broken, await thrown]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    expect(driver.result).toEqual([
      'TypeError: the condition of until gave a promise: it must answer at once',
      'RangeError: gone',
    ])
  })

  it('can be given up', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const wait = ctx.until(() => false, { timeout: '1s' })
        wait.cancel()
        return CancelledFailure.is(await thrownBy(wait))
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['START_TIMER', 'CANCEL_TIMER', 'COMPLETE_WORKFLOW'])
    expect(driver.result).toBe(true)
  })
})
