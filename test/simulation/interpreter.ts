/** The workflow that runs a random program. What is observed on the way, in which order, is its result. */
import { workflow } from '../../sdk/definition/workflow.ts'
import type { WorkflowContext } from '../../sdk/definition/workflow-context.ts'
import { CancelledFailure } from '../../sdk/failures/own-failures.ts'
import type { Program } from './program.ts'

const caught = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(caught).join('+') : error instanceof Error ? error.name : 'thrown'

export const interpreter = workflow({
  name: 'interpreter',
  async run(ctx, program: Program) {
    const trace: string[] = []
    try {
      trace.push(`= ${await perform(ctx, program, trace, '')}`)
    } catch (error) {
      trace.push(`! ${caught(error)}`)
      ctx.state.set('trace', [...trace])
      if (CancelledFailure.is(error) && ctx.cancellation.requested && ctx.random() < 0.5) throw error
    } finally {
      trace.push(`random ${ctx.random()}`)
    }
    return trace
  },
})

async function perform(ctx: WorkflowContext, program: Program, trace: string[], path: string): Promise<string> {
  try {
    const value = await evaluate(ctx, program, trace, path)
    trace.push(`${path} ${value}`)
    return value
  } catch (error) {
    trace.push(`${path} ! ${caught(error)}`)
    throw error
  }
}

const limit = '20 seconds'

async function evaluate(ctx: WorkflowContext, program: Program, trace: string[], path: string): Promise<string> {
  const begin = (): Promise<string>[] => {
    if (!('of' in program)) return []
    const begun = program.of.map((each, index) => perform(ctx, each, trace, `${path}.${index}`))
    // The author leaves the losers alone; only this test's own promises must not count as unhandled.
    for (const each of begun) each.catch(() => undefined)
    return begun
  }
  switch (program.do) {
    case 'task':
      return ctx.task<string>(program.fails ? 'failing' : 'work', path)
    case 'timer':
      await ctx.sleep(limit)
      return 'rung'
    case 'draw':
      return `${ctx.random()} ${ctx.uuid()}`
    case 'run':
      return ctx.run(`run ${path}`, () => {
        if (program.fails) throw new Error('side effect')
        return 'ran'
      })
    case 'sequence': {
      const values: string[] = []
      for (const [index, each] of program.of.entries()) values.push(await perform(ctx, each, trace, `${path}.${index}`))
      return values.join()
    }
    case 'later': {
      // D16: what is begun first is awaited last; it may reject in between.
      const [first, ...others] = begin()
      await Promise.allSettled(others)
      return String(await first)
    }
    case 'all':
      return (await Promise.all(begin())).join()
    case 'race':
      return Promise.race(begin())
    case 'any':
      return Promise.any(begin())
    case 'allSettled':
      return (await Promise.allSettled(begin())).map((each) => each.status).join()
    case 'map':
      return (
        await ctx.map(program.of, (each, index) => perform(ctx, each, trace, `${path}.${index}`), { concurrency: 2 })
      ).join()
    case 'promise':
      return ctx.promise<string>(program.name, program.name === 'timed-out' ? { timeout: limit } : {})
    case 'child': {
      const options = program.abandoned ? { parentClosePolicy: 'ABANDON' as const } : {}
      return ctx.child<string>(program.kind, path, options)
    }
    case 'send':
      await ctx.execution(program.to).signal('hello', path)
      return 'sent'
    case 'next':
      return ctx.signals<string>(program.name).next(program.limited ? { timeout: limit } : {})
    case 'look': {
      const channel = ctx.signals(program.name)
      return `${channel.has()} ${channel.drain().join()} ${ctx.info.historyLength}`
    }
    case 'until': {
      const goal = trace.length + program.more
      await ctx.until(() => trace.length >= goal && ctx.handlersDone(), { timeout: limit })
      return `${trace.length}`
    }
    case 'keep': {
      const before = ctx.state.get<number>('seen') ?? 0
      if (program.clears) ctx.state.delete('seen')
      else ctx.state.set('seen', trace.length)
      return `${before} ${ctx.state.keys().join()}`
    }
    case 'shield':
      return ctx.shield((shielded) => perform(shielded, program.of[0], trace, `${path}s`))
    case 'guard':
      return perform(ctx, program.of[0], trace, `${path}g`).catch((error: unknown) => `guarded ${caught(error)}`)
    case 'limit': {
      const limited = await ctx.withTimeout(limit, ctx.task<string>('work', path)).catch(caught)
      return `${limited} ${await ctx.withTimeout(limit, perform(ctx, program.of[0], trace, `${path}l`))}`
    }
    case 'handle':
      ctx.onSignal('handled', async (payload) => {
        await perform(ctx, program.of[0], trace, `${path}h ${payload}`).catch(() => undefined)
      })
      return 'handling'
  }
}
