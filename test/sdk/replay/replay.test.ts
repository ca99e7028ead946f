/** Workflow code over its log: what it asks for, what it is given, what is refused. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../../schemas/events.ts'
import {
  CancelledFailure,
  DeterminismError,
  PerdureError,
  StrayCallError,
  TaskFailure,
  TimeoutFailure,
  type WorkflowContext,
  workflow,
} from '../../../sdk/index.ts'
import { recomputeBlocks, replayHistory } from '../../../sdk/replay/replay-check.ts'
import { WorkflowRun } from '../../../sdk/replay/workflow-run.ts'
import { Driver } from './driver.ts'
import { Log } from './log.ts'

const flow = (run: (ctx: WorkflowContext, input: unknown) => Promise<unknown>) => workflow({ name: 'test', run })
const typesOf = (commands: readonly { type: string }[]) => commands.map(({ type }) => type)
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe.each([true, false])('kept in memory: %s', (isKept) => {
  it('D1: counters go on over activations: the same ids on every replay', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const results: unknown[] = []
        for (let n = 0; n < 3; n += 1) {
          results.push(await ctx.task('step', n))
          await ctx.sleep('1s')
        }
        return results
      }),
      { isKept },
    )
    for (let n = 1; n <= 3; n += 1) {
      await driver.activate()
      driver.log.complete(`task-${n}`, n * 10)
      await driver.activate()
      driver.log.fire(`timer-${n}`)
    }
    await driver.activate()
    expect(driver.result).toEqual([10, 20, 30])
    const ids = driver.commands.map((command) =>
      'taskId' in command ? command.taskId : 'timerId' in command ? command.timerId : '',
    )
    expect(ids).toEqual(['task-1', 'timer-1', 'task-2', 'timer-2', 'task-3', 'timer-3', ''])
  })

  it('D2: replay emits nothing that the log holds', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const both = [ctx.task('a'), ctx.task('b')]
        return Promise.all(both)
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-2', 'second')
    expect(await driver.activate()).toMatchObject({ commands: [], observed: false })
    driver.log.complete('task-1', 'first')
    await driver.activate()
    expect(typesOf(driver.commands)).toEqual(['SCHEDULE_TASK', 'SCHEDULE_TASK', 'COMPLETE_WORKFLOW'])
    expect(driver.result).toEqual(['first', 'second'])
    expect(driver.log.events).toHaveLength(7)
  })

  it('D3: id, time and random advance alike in replay', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const drawn: unknown[] = []
        for (let n = 0; n < 3; n += 1) {
          drawn.push([
            ctx.uuid(),
            ctx.random(),
            ctx.now(),
            Math.random(),
            crypto.randomUUID(),
            Date.now(),
            new Date().toISOString(),
          ])
          await ctx.task('step', drawn)
        }
        return drawn
      }),
      { isKept },
    )
    await driver.activate()
    for (let n = 1; n <= 3; n += 1) {
      driver.log.complete(`task-${n}`)
      await driver.activate()
    }
    const drawn = driver.result as unknown[][]
    expect(new Set(drawn.flatMap(([a, , , , b]) => [a, b])).size).toBe(6)
    const closings = driver.log.events.flatMap((event) => (event.type === 'WORKFLOW_SUSPENDED' ? event.data.activationAt : []))
    expect(drawn.map(([, , now]) => now)).toEqual(closings)
    for (const [, , now, , , date, made] of drawn) expect([date, made]).toEqual([now, new Date(Number(now)).toISOString()])
    const inputs = driver.commands.flatMap((command) => (command.type === 'SCHEDULE_TASK' ? [command.input] : []))
    expect(inputs.map((input) => (input as unknown[]).length)).toEqual([1, 2, 3])
    expect((inputs[2] as unknown[]).slice(0, 2)).toEqual(inputs[1])
  })

  it('D5: what is asked for before the return goes with it, on success and on failure', async () => {
    const ends = async (isFailing: boolean) => {
      const driver = new Driver(
        flow(async (ctx) => {
          await ctx.task('first')
          void ctx.task('notify')
          if (isFailing) throw new Error('no')
          return 'yes'
        }),
        { isKept },
      )
      await driver.activate()
      driver.log.complete('task-1')
      return typesOf((await driver.activate()).commands)
    }
    expect(await ends(false)).toEqual(['SCHEDULE_TASK', 'COMPLETE_WORKFLOW'])
    expect(await ends(true)).toEqual(['SCHEDULE_TASK', 'FAIL_WORKFLOW'])
  })

  it('D6: two runs of one name are matched by index', async () => {
    let calls = 0
    const driver = new Driver(
      flow(async (ctx) => {
        const count = () => ctx.run('count', () => ++calls)
        const first = await count()
        await ctx.sleep(1)
        return [first, await count()]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    expect(driver.result).toEqual([1, 2])
    expect(calls).toBe(2)
  })

  it('D8: null, undefined, 0, false and the empty text are results', async () => {
    const driver = new Driver(
      flow(async (ctx) => Promise.all([1, 2, 3, 4, 5].map((n) => ctx.task('give', n)))),
      { isKept },
    )
    await driver.activate()
    for (const [index, output] of [null, undefined, 0, false, ''].entries()) driver.log.complete(`task-${index + 1}`, output)
    await driver.activate()
    expect(driver.result).toEqual([null, undefined, 0, false, ''])
  })

  it('D12: race, any, allSettled and timeouts: losers are cancelled when asked, late results ignored', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const slow = ctx.task('slow')
        const quick = ctx.task('quick')
        const first = await Promise.race([slow, quick])
        slow.cancel()
        slow.cancel()
        const cancelled = await slow.catch((error: unknown) => CancelledFailure.is(error))
        const any = await Promise.any([ctx.task('bad'), ctx.task('good')])
        const settled = await Promise.allSettled([ctx.task('bad'), ctx.task('good')])
        const late = ctx.task('late')
        const timedOut = await ctx.withTimeout('1s', late).catch((error: unknown) => TimeoutFailure.is(error))
        const inTime = await ctx.withTimeout('1s', ctx.task('in time'))
        const timer = ctx.timer('1 day')
        timer.cancel()
        const stopped = await timer.catch((error: unknown) => CancelledFailure.is(error))
        return { first, cancelled, any, settled: settled.map(({ status }) => status), timedOut, inTime, stopped }
      }),
      { isKept },
    )
    const { log } = driver
    const bad = { type: 'Bad', message: 'bad' }
    await driver.activate()
    log.complete('task-2', 'quick')
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_TASK'])
    await driver.activate()
    log.fail('task-3', bad)
    await driver.activate()
    log.complete('task-4', 'good')
    await driver.activate()
    log.fail('task-5', bad)
    log.complete('task-6', 'good')
    await driver.activate()
    log.fire('timer-1')
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_TASK', 'SCHEDULE_TASK', 'START_TIMER'])
    log.complete('task-8', 'in time')
    const last = await driver.activate()
    expect(typesOf(last.commands)).toEqual(['CANCEL_TIMER', 'START_TIMER', 'CANCEL_TIMER', 'COMPLETE_WORKFLOW'])
    expect(driver.result).toEqual({
      first: 'quick',
      cancelled: true,
      any: 'good',
      settled: ['rejected', 'fulfilled'],
      timedOut: true,
      inTime: 'in time',
      stopped: true,
    })
  })

  it('D16: a promise that rejects while the code awaits another is seen when it is awaited', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const failing = ctx.task('failing')
        await ctx.sleep('1s')
        return failing.catch((error: unknown) => TaskFailure.is(error) && String(error.cause))
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fail('task-1', { type: 'Bad', message: 'no' })
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    expect(driver.result).toBe('ApplicationFailure: no')
  })

  it('D18: two runs side by side that end in reverse order are settled as they ended', async () => {
    const open = Promise.withResolvers<void>()
    const driver = new Driver(
      flow(async (ctx) => {
        const order: string[] = []
        const slow = ctx.run('slow', () => open.promise).then(() => order.push('slow'))
        const quick = ctx
          .run('quick', () => 1)
          .then(() => {
            order.push('quick')
            open.resolve()
          })
        await Promise.all([slow, quick])
        await ctx.task('seen', order)
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    const inputs = driver.commands.flatMap((command) => (command.type === 'SCHEDULE_TASK' ? [command.input] : []))
    expect(inputs).toEqual([['quick', 'slow']])
    expect(driver.result).toBeUndefined()
  })

  it('S8: try, catch and finally round awaits run as plain code would', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const trace: string[] = []
        const undo: string[] = []
        try {
          for (const step of ['book', 'pay', 'ship']) {
            try {
              trace.push(`begin ${step}`)
              await ctx.task(step)
              undo.push(step)
              trace.push(`done ${step}`)
            } finally {
              trace.push(`after ${step}`)
            }
          }
        } catch (error) {
          trace.push(`failed ${TaskFailure.is(error)}`)
          for (const step of undo.reverse()) await ctx.task(`undo ${step}`)
        } finally {
          trace.push('end')
        }
        return trace
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.complete('task-2')
    await driver.activate()
    driver.log.fail('task-3', { type: 'Lost', message: 'lost' })
    await driver.activate()
    driver.log.complete('task-4')
    await driver.activate()
    driver.log.complete('task-5')
    await driver.activate()
    expect(driver.result).toEqual([
      ...['book', 'pay'].flatMap((step) => [`begin ${step}`, `done ${step}`, `after ${step}`]),
      'begin ship',
      'after ship',
      'failed true',
      'end',
    ])
    const kinds = driver.commands.flatMap((command) => (command.type === 'SCHEDULE_TASK' ? [command.kind] : []))
    expect(kinds).toEqual(['book', 'pay', 'ship', 'undo pay', 'undo book'])
  })
})

/** A log of `task a`, then `task b`, then a timer, still open. */
async function recorded(): Promise<readonly HistoryEvent[]> {
  const driver = new Driver(
    flow(async (ctx) => {
      await ctx.task('a')
      await ctx.task('b')
      await ctx.sleep('1s')
    }),
  )
  await driver.activate()
  driver.log.complete('task-1')
  await driver.activate()
  driver.log.complete('task-2')
  await driver.activate()
  return driver.log.events
}

describe('code that does not fit', () => {
  it('D9: a renamed call is a DeterminismError that the code does not see', async () => {
    let seen: unknown
    const changed = flow(async (ctx) => {
      try {
        await ctx.task('a')
        await ctx.task('c')
      } catch (error) {
        seen = error
      } finally {
        seen ??= 'finally'
      }
    })
    const error = await caught(replayHistory(changed, await recorded()))
    if (!DeterminismError.is(error)) throw error
    expect(error).toMatchObject({ index: 2, expected: 'task "b" (TASK_SCHEDULED, event 5)', actual: 'task "c"' })
    expect(error.location).toContain('replay.test.ts')
    for (const part of [error.expected, error.actual, error.location, error.hint]) expect(error.message).toContain(part)
    expect(seen).toBeUndefined()
  })

  it('D9: a call that was added before what has run is a DeterminismError', async () => {
    const changed = flow(async (ctx) => {
      await ctx.sleep('1s')
      await ctx.task('a')
    })
    expect(await caught(replayHistory(changed, await recorded()))).toMatchObject({ index: 1, actual: 'timer' })
  })

  it('D6: a run of another name at that index is a DeterminismError', async () => {
    const driver = new Driver(flow(async (ctx) => [await ctx.run('a', () => 1), await ctx.task('next')]))
    await driver.activate()
    const changed = flow(async (ctx) => [await ctx.run('b', () => 1), await ctx.task('next')])
    expect(await caught(replayHistory(changed, driver.log.events))).toMatchObject({ index: 1, actual: 'run "b"' })
  })

  it('D14: a shortened loop is legal when the run can still end', async () => {
    const shorter = flow(async (ctx) => {
      await ctx.task('a')
      return 'enough'
    })
    expect(await replayHistory(shorter, await recorded())).toMatchObject({
      commands: [{ type: 'COMPLETE_WORKFLOW', output: 'enough' }],
    })
  })

  it('D11: an unknown type of event is an error that names it', async () => {
    const events = [...(await recorded()), { sequence: 10, type: 'COMET_SIGHTED', at: 1, data: {} }] as HistoryEvent[]
    const error = await caught(
      replayHistory(
        flow(async (ctx) => ctx.task('a')),
        events,
      ),
    )
    expect(PerdureError.is(error) && [error.code, error.message]).toEqual([
      'unknown_event',
      expect.stringContaining('COMET_SIGHTED'),
    ])
  })

  it('D7: a log with a gap, or one that ends early, is refused: nothing runs', async () => {
    const events = await recorded()
    let calls = 0
    const counted = flow(async (ctx) => {
      calls += 1
      await ctx.task('a')
    })
    const gap = events.filter(({ sequence }) => sequence !== 2)
    expect(await caught(replayHistory(counted, gap))).toMatchObject({ code: 'history_gap' })
    const run = new WorkflowRun(counted, { executionId: 'execution-1', run: 1 })
    const short = { from: 0, events: [], snapshotSequence: 9, activationAt: 1 }
    expect(await caught(run.replay(short))).toMatchObject({ code: 'history_gap' })
    expect(calls).toBe(0)
  })
})

describe('what is not durable', () => {
  const first = (run: (ctx: WorkflowContext) => Promise<unknown>) => caught(new Driver(flow(run)).activate())

  it.each<[string, (ctx: WorkflowContext) => Promise<unknown>]>([
    ['setTimeout', () => new Promise((resolve) => setTimeout(resolve, 1))],
    ['setInterval', async () => setInterval(() => undefined, 1)],
    ['fetch', () => fetch('http://127.0.0.1:9')],
    ['WebSocket', async () => new WebSocket('ws://127.0.0.1:9')],
    ['AbortSignal.timeout', async () => AbortSignal.timeout(1)],
  ])('D10: %s is refused by name, even where the code catches it', async (name, use) => {
    const error = await first(async (ctx) => {
      await use(ctx).catch(() => undefined)
      return 'went on'
    })
    expect(StrayCallError.is(error) && error.message).toContain(`${name} cannot be used in workflow code`)
  })

  it('D10: I/O that cannot be refused is found when nothing durable is waited for', async () => {
    const error = await first(() => readFile(new URL(import.meta.url), 'utf8'))
    expect(StrayCallError.is(error) && error.message).toContain('waits for something that is not durable')
  })

  it('D10: a call that comes outside an activation breaks the run', async () => {
    const gate = Promise.withResolvers<void>()
    const called = Promise.withResolvers<void>()
    const driver = new Driver(
      flow(async (ctx) => {
        const timer = ctx.sleep('1s')
        await gate.promise
        void ctx.task('too late')
        called.resolve()
        await timer
      }),
    )
    await driver.activate()
    gate.resolve()
    await called.promise
    driver.log.fire('timer-1')
    expect(await caught(driver.activate())).toMatchObject({ code: 'stray_call', message: expect.stringContaining('ctx.task') })
  })

  it('D10: inside ctx.run globals are the real ones and ctx is refused', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const now = await ctx.run('now', () => Date.now())
        const text = await ctx.run('timer', () => new Promise((resolve) => setTimeout(() => resolve('rang'), 1)))
        const refused = await ctx.run('ctx', () => ctx.task('a')).catch((error: unknown) => String(error))
        return { isReal: now > 1_000_000, text, refused }
      }),
    )
    await driver.activate()
    expect(driver.result).toMatchObject({ isReal: true, text: 'rang', refused: expect.stringContaining('inside ctx.run') })
  })

  it('leaves the globals outside workflow code alone', () => {
    expect(new Date(5)).toBeInstanceOf(Date)
    expect(new Date(5).constructor).toBe(Date)
    expect(Date.now()).toBeGreaterThan(1_000_000_000_000)
  })
})

describe('ctx.run', () => {
  it('is out beyond the answer when it takes long, and events wake the run meanwhile', async () => {
    const gate = Promise.withResolvers<string>()
    const definition = flow(async (ctx) => {
      const first = await Promise.race([ctx.run('slow', () => gate.promise), ctx.sleep('1s').then(() => 'timer')])
      return [first, await ctx.task('after')]
    })
    const log = new Log()
    const run = new WorkflowRun(definition, { executionId: 'execution-1', run: 1 })
    const recordedLate = Promise.withResolvers<void>()
    const reports = {
      report: async (outcome: Parameters<Log['record']>[0]) => {
        log.record(outcome)
        recordedLate.resolve()
        return { status: 'later' as const }
      },
    }
    const advance = async () => {
      const from = run.position
      const answer = await run.advance(
        { from, events: log.events.slice(from), snapshotSequence: log.end, activationAt: 5 },
        reports,
      )
      log.take(answer)
      return answer
    }
    expect(await advance()).toMatchObject({ operationsOut: [{ operationId: 'operation-1', name: 'slow' }] })
    log.fire('timer-1')
    expect(typesOf((await advance()).commands)).toEqual(['SCHEDULE_TASK'])
    gate.resolve('late')
    await recordedLate.promise
    log.complete('task-1', 'x')
    await advance()
    expect(log.events.at(-1)).toMatchObject({ type: 'WORKFLOW_COMPLETED', data: { output: ['timer', 'x'] } })
    for (const { sequence, commands } of await recomputeBlocks(definition, log.events)) {
      const closing = log.events[sequence - 1]
      if (closing?.type !== 'WORKFLOW_SUSPENDED' && closing?.type !== 'WORKFLOW_COMPLETED') throw new Error('not a closing')
      const block = log.events.slice(closing.data.commandsFrom - 1, sequence)
      expect(commands.length).toBe(closing.type === 'WORKFLOW_COMPLETED' ? block.length : block.length - 1)
    }
  })

  it('is tried again as its policy says, and not once more', async () => {
    let tries = 0
    const driver = new Driver(
      flow(async (ctx) => {
        const failing = () => {
          tries += 1
          throw new RangeError(`try ${tries}`)
        }
        const retry = { initialInterval: 1, maximumAttempts: 3 }
        const retried = await ctx.run('retried', failing, { retry }).catch((error: unknown) => String(error))
        const once = await ctx.run('once', failing).catch((error: unknown) => String(error))
        return [retried, once]
      }),
    )
    await driver.activate()
    while (driver.result === 'open') await driver.activate()
    expect(driver.result).toEqual(['ApplicationFailure: try 3', 'ApplicationFailure: try 4'])
  })

  it('unfinished when its worker was lost, it runs again', async () => {
    let calls = 0
    const gate = Promise.withResolvers<void>()
    const driver = new Driver(
      flow(async (ctx) =>
        ctx.run('effect', async () => {
          calls += 1
          if (calls === 1) await gate.promise
          return calls
        }),
      ),
    )
    await driver.activate()
    driver.forget()
    await driver.activate()
    expect([driver.result, calls]).toEqual([2, 2])
    gate.resolve()
  })
})
