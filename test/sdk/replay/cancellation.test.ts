/** Cancellation: at its place in the log, in the order of creation, once; what is shielded is let finish. */
import { describe, expect, it } from 'vitest'
import { CancelledFailure, type WorkflowContext } from '../../../sdk/index.ts'
import { Driver } from './driver.ts'
import { errorOf, flow, typesOf } from './flow.ts'

/** One of each kind of thing to wait for. */
const everything: Record<string, (ctx: WorkflowContext) => PromiseLike<unknown>> = {
  task: (ctx) => ctx.task('work'),
  timer: (ctx) => ctx.sleep('1 day'),
  promise: (ctx) => ctx.promise('review'),
  child: (ctx) => ctx.child('album'),
  abandoned: (ctx) => ctx.child('album', undefined, { parentClosePolicy: 'ABANDON' }),
  signal: (ctx) => ctx.signals('s').next({ timeout: '1 hour' }),
  condition: (ctx) => ctx.until(() => false, { timeout: '1 hour' }),
  external: (ctx) => ctx.execution('other').signal('s'),
  run: (ctx) => ctx.run('effect', () => new Promise(() => undefined)),
  limited: (ctx) => ctx.withTimeout('1 hour', ctx.task('limited')),
  map: (ctx) => ctx.map(['a', 'b', 'c'], (name) => ctx.task(name), { concurrency: 2 }),
}

describe.each([true, false])('cancellation, kept in memory: %s', (isKept) => {
  it('W14: rejects all that is pending in order of creation, once, and asks what can be asked, in the same order', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const order: string[] = []
        const all = Object.entries(everything).map(async ([name, begin]) => {
          try {
            await begin(ctx)
          } catch (error) {
            order.push(CancelledFailure.is(error) ? `${name} ${error.message}` : `${name} ${error}`)
          }
        })
        await Promise.all(all)
        return order
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.cancel('why')
    const { commands } = await driver.activate()
    const ids = commands.map((command) => {
      const { type } = command
      if (type === 'CANCEL_TASK') return `task ${command.taskId}`
      if (type === 'CANCEL_TIMER') return `timer ${command.timerId}`
      return type === 'CANCEL_CHILD_WORKFLOW' ? `child ${command.childId}` : type
    })
    expect(ids).toEqual([
      'task task-1',
      'timer timer-1',
      'child child-1',
      // Of the waits with a limit.
      'timer timer-2',
      'timer timer-3',
      'task task-2',
      'timer timer-4',
      'task task-3',
      'task task-4',
      'COMPLETE_WORKFLOW',
    ])
    const order = driver.result as string[]
    expect(order.map((text) => text.split(' ')[0]).sort()).toEqual(Object.keys(everything).sort())
    expect(order.filter((text) => !text.endsWith(' the workflow was cancelled: why'))).toEqual([])
    await driver.agrees()
  })

  it('later calls that would wait reject at once and ask for nothing; what answers at once goes on working', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        await ctx.task('first').catch(() => undefined)
        const refused: string[] = []
        for (const begin of Object.values(everything)) refused.push(await errorOf(begin(ctx)))
        ctx.state.set('k', 1)
        ctx.setAttributes({ a: 1 })
        const values = [ctx.now(), ctx.random(), ctx.uuid(), ctx.signals('s').has(), ctx.signals('s').drain()]
        return [refused, values.length, ctx.state.get('k')]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('s', 'there')
    driver.log.cancel()
    const { commands } = await driver.activate()
    expect(typesOf(commands)).toEqual(['CANCEL_TASK', 'SET_STATE', 'SET_ATTRIBUTES', 'COMPLETE_WORKFLOW'])
    const refused = Object.keys(everything).map(() => 'CancelledFailure: the workflow was cancelled')
    expect(driver.result).toEqual([refused, 5, 1])
    await driver.agrees()
  })

  it('a CancelledFailure that leaves the code ends it CANCELLED, with the reason', async () => {
    const driver = new Driver(
      flow(async (ctx) => ctx.sleep('1 day')),
      { isKept },
    )
    await driver.activate()
    driver.log.cancel('no longer needed')
    expect((await driver.activate()).commands).toEqual([
      { type: 'CANCEL_TIMER', timerId: 'timer-1' },
      { type: 'CANCEL_WORKFLOW', reason: 'no longer needed' },
    ])
    await driver.agrees()
  })

  it('anything else that leaves the code is its failure; a return is a result', async () => {
    const ends = async (run: (ctx: WorkflowContext) => Promise<unknown>) => {
      const driver = new Driver(flow(run), { isKept })
      await driver.activate()
      driver.log.cancel()
      return typesOf((await driver.activate()).commands).at(-1)
    }
    const wait = (ctx: WorkflowContext) => ctx.promise('p')
    expect(await ends((ctx) => wait(ctx).catch(() => 'fine'))).toBe('COMPLETE_WORKFLOW')
    expect(
      await ends((ctx) =>
        wait(ctx).catch(() => {
          throw new Error('could not stop')
        }),
      ),
    ).toBe('FAIL_WORKFLOW')
  })

  it('W14 S8: cleaning up in a shield goes on, in reverse order, and nothing of it is cancelled', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const undo: string[] = []
        try {
          for (const step of ['book', 'pay', 'ship']) {
            await ctx.task(step)
            undo.push(step)
          }
        } finally {
          await ctx.shield(async (shielded) => {
            for (const step of undo.reverse()) {
              await shielded.task(`undo ${step}`)
              await shielded.sleep('1s')
            }
          })
        }
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.complete('task-2')
    await driver.activate()
    driver.log.cancel('stop')
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_TASK', 'SCHEDULE_TASK'])
    await driver.activate()
    driver.log.complete('task-4')
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    driver.log.complete('task-5')
    await driver.activate()
    driver.log.fire('timer-2')
    await driver.activate()
    expect(driver.result).toEqual({ cancelled: 'stop' })
    const kinds = driver.commands.flatMap((command) => (command.type === 'SCHEDULE_TASK' ? [command.kind] : []))
    expect(kinds).toEqual(['book', 'pay', 'ship', 'undo pay', 'undo book'])
    await driver.agrees()
  })

  it('every kind of wait on a shielded context is let finish', async () => {
    const driver = new Driver(
      flow(async (ctx) =>
        ctx.shield(async (shielded) => {
          const all = [
            shielded.task('a'),
            shielded.sleep(5),
            shielded.promise('p'),
            shielded.child('c'),
            shielded.signals('s').next({ timeout: '1h' }),
            shielded.shield((twice) => twice.task('b')),
            shielded.withTimeout('1h', shielded.execution('x').cancel()),
          ]
          const outside = errorOf(ctx.promise('outside'))
          return [await Promise.all(all), await outside]
        }),
      ),
      { isKept },
    )
    const { log } = driver
    await driver.activate()
    log.cancel()
    expect((await driver.activate()).commands).toEqual([])
    log.complete('task-2', 'b')
    log.signal('s', 's')
    log.completeChild('child-1', 'c')
    log.resolve('promise-1', 'p')
    log.answerRequest('external-1')
    log.fire('timer-1')
    log.complete('task-1', 'a')
    await driver.activate()
    expect(driver.result).toEqual([
      ['a', undefined, 'p', 'c', 's', 'b', undefined],
      'CancelledFailure: the workflow was cancelled',
    ])
    await driver.agrees()
  })

  it('is known to the code: requested, reason and signal, before anything rejects', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const { cancellation } = ctx
        const trace: unknown[] = [cancellation.requested, cancellation.reason, cancellation.signal.aborted]
        cancellation.signal.addEventListener('abort', () => {
          trace.push('abort', CancelledFailure.is(cancellation.signal.reason), Date.now() === ctx.now())
        })
        await ctx.sleep(1).catch(() => trace.push('rejected'))
        return [...trace, cancellation.requested, cancellation.reason, cancellation.signal.aborted]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.cancel('why')
    await driver.activate()
    expect(driver.result).toEqual([false, undefined, false, 'abort', true, true, 'rejected', true, 'why', true])
    await driver.agrees()
  })

  it('in the batch with a result, what came first counts', async () => {
    const play = async (isFirst: boolean) => {
      const driver = new Driver(
        flow(async (ctx) => {
          const result = await ctx.task('work').catch((error: unknown) => CancelledFailure.is(error) && 'cancelled')
          return [result, await errorOf(ctx.task('next'))]
        }),
        { isKept },
      )
      await driver.activate()
      if (isFirst) driver.log.cancel()
      driver.log.complete('task-1', 'done')
      if (!isFirst) driver.log.cancel()
      await driver.activate()
      await driver.agrees()
      return driver.result
    }
    expect(await play(true)).toEqual(['cancelled', 'CancelledFailure: the workflow was cancelled'])
    expect(await play(false)).toEqual(['done', 'CancelledFailure: the workflow was cancelled'])
  })

  it('what the code has asked to stop is not asked again', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const child = ctx.child('album')
        child.cancel()
        await child
      }),
      { isKept },
    )
    expect(typesOf((await driver.activate()).commands)).toEqual(['START_CHILD_WORKFLOW', 'CANCEL_CHILD_WORKFLOW'])
    driver.log.cancel()
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_WORKFLOW'])
    await driver.agrees()
  })

  it('L11: what comes in a batch after the end of the code makes no command', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        void ctx.task('left alone')
        return ctx.task('work')
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-2', 'done')
    driver.log.cancel()
    expect(typesOf((await driver.activate()).commands)).toEqual(['COMPLETE_WORKFLOW'])
    await driver.agrees()
  })

  it('a side effect that has not begun does not begin; what is shielded does', async () => {
    const begun: string[] = []
    const driver = new Driver(
      flow(async (ctx) => {
        await ctx.task('first')
        // Side effects begin when the code is quiet: before that, the cancellation has its turn.
        const outside = errorOf(ctx.run('outside', () => begun.push('outside')))
        return ctx.shield(async (shielded) => [
          await shielded.run('shielded', () => begun.push('shielded')),
          await outside,
          await errorOf(ctx.run('late', () => begun.push('late'))),
        ])
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    driver.log.cancel()
    await driver.activate()
    const cancelled = 'CancelledFailure: the workflow was cancelled'
    expect([driver.result, begun]).toEqual([[1, cancelled, cancelled], ['shielded']])
    await driver.agrees()
  })

  it('a side effect that is running is recorded when it ends, and nobody waits for it', async () => {
    const gate = Promise.withResolvers<string>()
    const driver = new Driver(
      flow(async (ctx) => {
        const effect = await errorOf(ctx.run('effect', () => gate.promise))
        return ctx.shield(async (shielded) => [effect, await shielded.promise('cleaned up')])
      }),
      { isKept: true },
    )
    expect((await driver.activate()).operationsOut).toHaveLength(1)
    driver.log.cancel()
    expect((await driver.activate()).operationsOut).toHaveLength(1)
    gate.resolve('late')
    driver.log.resolve('promise-1', 'yes')
    await driver.activate()
    expect(driver.result).toEqual(['CancelledFailure: the workflow was cancelled', 'yes'])
    await driver.agrees()
  })

  it('a handler that is cancelled has ended, and does not fail the workflow', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const left: boolean[] = []
        ctx.onSignal('s', async () => {
          try {
            await ctx.sleep('1 day')
          } finally {
            left.push(true)
          }
        })
        await ctx.promise('never').catch(() => undefined)
        return ctx.shield(async (shielded) => {
          await shielded.until(ctx.handlersDone)
          return left
        })
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.signal('s')
    await driver.activate()
    driver.log.cancel()
    await driver.activate()
    expect(driver.result).toEqual([true])
    await driver.agrees()
  })

  it('ctx.map begins no further item once one was cancelled', async () => {
    const begun: string[] = []
    const driver = new Driver(
      flow(async (ctx) => {
        const error = errorOf(
          ctx.map(
            ['a', 'b', 'c', 'd'],
            (name) => {
              if (!begun.includes(name)) begun.push(name)
              return ctx.task(name)
            },
            { concurrency: 2 },
          ),
        )
        return [await error, await errorOf(ctx.map(['e'], (name) => ctx.task(name)))]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.cancel()
    expect(typesOf((await driver.activate()).commands)).toEqual(['CANCEL_TASK', 'CANCEL_TASK', 'COMPLETE_WORKFLOW'])
    expect(begun).toEqual(['a', 'b', 'c'])
    expect(driver.result).toEqual(Array(2).fill('CancelledFailure: the workflow was cancelled'))
  })
})
