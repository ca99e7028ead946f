/** Signals: taken once, in order, by whoever waits first; none is lost, and where batches were cut shows nowhere. */
import { describe, expect, it } from 'vitest'
import { CancelledFailure, defineSignal, TimeoutFailure } from '../../../sdk/index.ts'
import { Driver } from './driver.ts'
import { errorOf, flow, thrownBy, typesOf } from './flow.ts'

const said = defineSignal<string>('said')

describe.each([true, false])('signals, kept in memory: %s', (isKept) => {
  it('N4: those that came before anybody asked wait, in order; has and drain see them at once', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const channel = ctx.signals(said)
        const atOnce = [channel.has(), channel.drain(), channel.has()]
        const one = await channel.next()
        await ctx.task('work')
        return [atOnce, one, await channel.next(), channel.drain(), ctx.signals('other').has()]
      }),
      { isKept },
    )
    driver.log.signal('said', 'a')
    driver.log.signal('said', 'b')
    expect(await driver.activate()).toMatchObject({ commands: [], observed: true, awaiting: [{ type: 'signal', name: 'said' }] })
    driver.log.signal('said', 'c')
    await driver.activate()
    for (const text of ['d', 'e', 'f']) driver.log.signal('said', text)
    driver.log.complete('task-1')
    await driver.activate()
    expect(driver.result).toEqual([[true, ['a', 'b'], false], 'c', 'd', ['e', 'f'], false])
    await driver.agrees()
  })

  it('N7: a waiter that has given up, or whose time was up, swallows nothing; the others are served in their order', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const channel = ctx.signals(said)
        const late = channel.next({ timeout: '1s' })
        const given = channel.next()
        const third = channel.next()
        given.cancel()
        const fourth = channel.next({ timeout: '1 day' })
        const isLate = TimeoutFailure.is(await thrownBy(late))
        const isGiven = CancelledFailure.is(await thrownBy(given))
        const limited = await errorOf(ctx.withTimeout('1s', ctx.signals('never').next()))
        return [isLate, isGiven, limited, await third, await fourth, await channel.next()]
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['START_TIMER', 'START_TIMER'])
    driver.log.fire('timer-1')
    await driver.activate()
    driver.log.fire('timer-3')
    driver.log.signal('never', 'for nobody')
    for (const text of ['third', 'fourth', 'fifth']) driver.log.signal('said', text)
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_TIMER', 'COMPLETE_WORKFLOW'])
    expect(driver.result).toEqual([true, true, 'TimeoutFailure: time was up before it was settled', 'third', 'fourth', 'fifth'])
    await driver.agrees()
  })

  it('next({ timeout }) starts no timer when a signal is there', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        await ctx.sleep(1)
        return ctx.signals(said).next({ timeout: '1s' })
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('said', 'a')
    driver.log.fire('timer-1')
    expect(typesOf((await driver.activate()).commands)).toEqual(['COMPLETE_WORKFLOW'])
    expect(driver.result).toBe('a')
  })

  it('is an async iterable: for await until the code has enough', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const lines: string[] = []
        for await (const line of ctx.signals(said)) {
          if (line === 'end') break
          lines.push(line)
          await ctx.task('store', line)
        }
        return [lines, await ctx.signals(said).next()]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('said', 'a')
    driver.log.signal('said', 'b')
    await driver.activate()
    driver.log.complete('task-1')
    driver.log.signal('said', 'end')
    await driver.activate()
    driver.log.complete('task-2')
    driver.log.signal('said', 'after')
    await driver.activate()
    expect(driver.result).toEqual([['a', 'b'], 'after'])
    await driver.agrees()
  })

  it('D15 D8: payloads come out equal; what nobody has encoded comes as it is, and stops no run', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const all: unknown[] = []
        for (let n = 0; n < 5; n += 1) all.push(await ctx.signals('any').next())
        return all
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('any')
    driver.log.signal('any', null)
    driver.log.signal('any', { $bytes: 'AQI=' })
    driver.log.signal('any', { $bytes: 7 })
    driver.log.signal('any', { $enc: 'x' })
    await driver.activate()
    expect(driver.result).toEqual([undefined, null, new Uint8Array([1, 2]), { $bytes: 7 }, { $enc: 'x' }])
  })

  it('handlers get what is there and what comes, in order, unless somebody waits for it; they may overlap', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const trace: string[] = []
        await ctx.sleep(1)
        ctx.onSignal(said, async (text) => {
          trace.push(`begin ${text}`)
          await ctx.task('handle', text)
          trace.push(`end ${text}`)
        })
        trace.push('main')
        const channel = ctx.signals(said)
        const asked = await channel.next()
        const has = channel.has()
        await ctx.until(ctx.handlersDone)
        return [trace, asked, has, channel.drain()]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('said', 'early')
    driver.log.fire('timer-1')
    await driver.activate()
    driver.log.signal('said', 'asked')
    driver.log.signal('said', 'late')
    await driver.activate()
    driver.log.complete('task-2')
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    expect(driver.result).toEqual([['begin early', 'main', 'begin late', 'end late', 'end early'], 'asked', false, []])
    await driver.agrees()
  })

  it('what a handler throws fails the workflow', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        ctx.onSignal('bad', async () => {
          await ctx.sleep(1)
          throw new RangeError('no')
        })
        await ctx.promise('never')
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('bad')
    await driver.activate()
    driver.log.fire('timer-1')
    expect(typesOf((await driver.activate()).commands)).toEqual(['FAIL_WORKFLOW'])
    expect(driver.result).toMatchObject({ type: 'RangeError', message: 'no' })
    await driver.agrees()
  })

  it('a handler is something to wait for, and is shown where there is nothing else', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const done = Promise.withResolvers<string>()
        ctx.onSignal(said, done.resolve)
        return done.promise
      }),
      { isKept },
    )
    expect((await driver.activate()).awaiting).toEqual([{ type: 'signal', name: 'said' }])
    driver.log.signal('said', 'x')
    await driver.activate()
    expect(driver.result).toBe('x')
  })

  it('L8: the log says which signals and conditions the code waits for, as soon as that has changed, and not else', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        await Promise.all([ctx.signals('a').next(), ctx.signals('a').next(), ctx.task('x')])
        await ctx.signals('b').next()
        let isOpen = false
        ctx.onSignal('c', () => {
          isOpen = true
        })
        await ctx.until(() => isOpen)
      }),
      { isKept },
    )
    const awaited = async () => {
      const { awaiting, observed } = await driver.activate()
      return { awaiting: awaiting.map(({ type, name }) => name ?? type), observed }
    }
    expect(await awaited()).toEqual({ awaiting: ['a'], observed: true })
    driver.log.signal('a')
    expect(await awaited()).toEqual({ awaiting: ['a'], observed: false })
    driver.log.complete('task-1')
    expect(await awaited()).toEqual({ awaiting: ['a'], observed: false })
    driver.log.signal('a')
    expect(await awaited()).toEqual({ awaiting: ['b'], observed: true })
    driver.log.signal('b')
    expect(await awaited()).toEqual({ awaiting: ['condition'], observed: true })
    driver.log.signal('c')
    await driver.activate()
    expect(driver.result).toBeUndefined()
    await driver.agrees()
  })
})
