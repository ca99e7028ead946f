/** S8: waiting is no error and no end: nothing of the author's runs because code is suspended, whatever it waits for. */
import { describe, expect, it } from 'vitest'
import { TaskFailure, type WorkflowContext } from '../../../sdk/index.ts'
import { Driver } from './driver.ts'
import { flow } from './flow.ts'
import type { Log } from './log.ts'

type Wait = { begin: (ctx: WorkflowContext) => PromiseLike<unknown>; end: (log: Log) => void; gives: unknown }

const waits: Record<string, Wait> = {
  task: { begin: (ctx) => ctx.task('work'), end: (log) => log.complete('task-1', 'done'), gives: 'done' },
  sleep: { begin: (ctx) => ctx.sleep('1s'), end: (log) => log.fire('timer-1'), gives: undefined },
  promise: { begin: (ctx) => ctx.promise('p'), end: (log) => log.resolve('promise-1', 'p'), gives: 'p' },
  child: { begin: (ctx) => ctx.child('c'), end: (log) => log.completeChild('child-1', 'c'), gives: 'c' },
  'signals().next': { begin: (ctx) => ctx.signals('s').next(), end: (log) => log.signal('s', 's'), gives: 's' },
  'a limited next': {
    begin: (ctx) => ctx.signals('s').next({ timeout: '1 hour' }),
    end: (log) => log.signal('s', 's'),
    gives: 's',
  },
  'for await': {
    begin: async (ctx) => {
      for await (const each of ctx.signals('s')) return each
      return 'never'
    },
    end: (log) => log.signal('s', 's'),
    gives: 's',
  },
  until: {
    begin: (ctx) => {
      let isOpen = false
      ctx.onSignal('open', () => {
        isOpen = true
      })
      return ctx.until(() => isOpen)
    },
    end: (log) => log.signal('open'),
    gives: undefined,
  },
  'execution().signal': {
    begin: (ctx) => ctx.execution('other').signal('s'),
    end: (log) => log.answerRequest('external-1'),
    gives: undefined,
  },
  'execution().cancel': {
    begin: (ctx) => ctx.execution('other').cancel(),
    end: (log) => log.answerRequest('external-1'),
    gives: undefined,
  },
  withTimeout: {
    begin: (ctx) => ctx.withTimeout('1 hour', ctx.promise('p')),
    end: (log) => log.resolve('promise-1', 'p'),
    gives: 'p',
  },
  map: {
    begin: (ctx) => ctx.map([1], () => ctx.task('work')),
    end: (log) => log.complete('task-1', 'done'),
    gives: ['done'],
  },
  shield: {
    begin: (ctx) => ctx.shield((shielded) => shielded.task('work')),
    end: (log) => log.complete('task-1', 'done'),
    gives: 'done',
  },
  'race, any, all, allSettled': {
    begin: (ctx) => {
      const task = ctx.task('work')
      const never = ctx.promise('never')
      return Promise.all([Promise.race([task, never]), Promise.any([never, task]), Promise.allSettled([task])])
    },
    end: (log) => log.complete('task-1', 'done'),
    gives: ['done', 'done', [{ status: 'fulfilled', value: 'done' }]],
  },
}

describe.each([true, false])('S8, kept in memory: %s', (isKept) => {
  it.each(Object.entries(waits))(
    'try, catch and finally round %s see its end, and nothing else',
    async (_, { begin, end, gives }) => {
      const traces: string[][] = []
      const driver = new Driver(
        flow(async (ctx) => {
          const trace: string[] = []
          traces.push(trace)
          try {
            trace.push('try')
            const value = await begin(ctx)
            trace.push('after')
            return value
          } catch (error) {
            trace.push('catch')
            throw error
          } finally {
            trace.push('finally')
          }
        }),
        { isKept },
      )
      await driver.activate()
      // Something else wakes it, three times, and its worker is lost.
      for (let n = 1; n <= 3; n += 1) {
        driver.log.signal('something else')
        await driver.activate()
      }
      driver.forget()
      driver.log.signal('something else')
      await driver.activate()
      expect(driver.result).toBe('open')
      expect(traces.every((trace) => trace.join() === 'try')).toBe(true)
      end(driver.log)
      await driver.activate()
      expect(driver.result).toEqual(gives)
      expect(traces.pop()).toEqual(['try', 'after', 'finally'])
      expect(traces.every((trace) => trace.join() === 'try')).toBe(true)
      await driver.agrees()
    },
  )

  it('D16 what rejects while the code awaits something else is seen when it is awaited, whatever it is', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const begun = [
          ctx.task('t'),
          ctx.promise('p'),
          ctx.child('c'),
          ctx.execution('gone').signal('s'),
          ctx.signals('s').next({ timeout: 1 }),
          ctx.until(() => false, { timeout: 1 }),
        ]
        await ctx.sleep('1 hour')
        return (await Promise.allSettled(begun)).map((each) => each.status === 'rejected' && String(each.reason).split(':')[0])
      }),
      { isKept },
    )
    const { log } = driver
    const no = { type: 'No', message: 'no' }
    await driver.activate()
    log.fail('task-1', no)
    log.reject('promise-1', no)
    await driver.activate()
    log.failChild('child-1', no)
    log.answerRequest('external-1', { type: 'not_found', message: 'no' })
    log.fire('timer-1')
    log.fire('timer-2')
    await driver.activate()
    log.fire('timer-3')
    await driver.activate()
    expect(driver.result).toEqual([
      'TaskFailure',
      'PromiseRejected',
      'ChildWorkflowFailure',
      'ApplicationFailure',
      'TimeoutFailure',
      'TimeoutFailure',
    ])
    await driver.agrees()
  })

  it('D12 race, any and allSettled over everything: the first counts, losers can be given up, late results are ignored', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const promise = ctx.promise<string>('p')
        const child = ctx.child<string>('c')
        const signal = ctx.signals<string>('s').next()
        const first = await Promise.race([promise, child, signal, ctx.until(() => false)])
        child.cancel()
        promise.cancel()
        signal.cancel()
        const failing = ctx.task('failing')
        const any = await Promise.any([failing, ctx.promise('q')])
        const settled = await Promise.allSettled([failing, signal, ctx.signals('s').next()])
        return [first, any, settled.map(({ status }) => status), TaskFailure.is(await failing.catch((error: unknown) => error))]
      }),
      { isKept },
    )
    const { log } = driver
    await driver.activate()
    log.signal('s', 'one')
    log.completeChild('child-1', 'too late')
    log.resolve('promise-1', 'too late')
    await driver.activate()
    log.fail('task-1', { type: 'No', message: 'no' })
    log.resolve('promise-2', 'q')
    await driver.activate()
    log.signal('s', 'two')
    await driver.activate()
    expect(driver.result).toEqual(['one', 'q', ['rejected', 'fulfilled', 'fulfilled'], true])
    await driver.agrees()
  })
})
