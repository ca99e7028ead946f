/** Random programs over tasks, timers, side effects and the four combinators, and the workflow that runs them. */
import fc from 'fast-check'
import { workflow } from '../../sdk/definition/workflow.ts'
import type { WorkflowContext } from '../../sdk/definition/workflow-context.ts'

export type Program =
  | { do: 'task'; fails: boolean }
  | { do: 'timer' }
  | { do: 'run'; fails: boolean }
  | { do: 'all' | 'race' | 'any' | 'allSettled' | 'sequence' | 'later'; of: Program[] }

const combinators = ['all', 'race', 'any', 'allSettled', 'sequence', 'later'] as const

export const programs = (withRuns: boolean): fc.Arbitrary<Program> =>
  fc.letrec<{ program: Program }>((tie) => ({
    program: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'program' },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('task' as const), fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0) }),
      },
      { weight: 2, arbitrary: fc.constant({ do: 'timer' as const }) },
      {
        weight: withRuns ? 2 : 0,
        arbitrary: fc.record({ do: fc.constant('run' as const), fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0) }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constantFrom(...combinators),
          of: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
        }),
      },
    ),
  })).program

const caught = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(caught).join('+') : error instanceof Error ? error.name : 'thrown'

/** Runs a program; what is observed on the way, in which order, is its result. */
export const interpreter = workflow({
  name: 'interpreter',
  async run(ctx, program: Program) {
    const trace: string[] = []
    try {
      trace.push(`= ${await perform(ctx, program, trace, '')}`)
    } catch (error) {
      trace.push(`! ${caught(error)}`)
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

async function evaluate(ctx: WorkflowContext, program: Program, trace: string[], path: string): Promise<string> {
  switch (program.do) {
    case 'task':
      return ctx.task<string>(program.fails ? 'failing' : 'work', path)
    case 'timer':
      await ctx.sleep('20 seconds')
      return 'rung'
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
      const [first, ...others] = program.of.map((each, index) => perform(ctx, each, trace, `${path}.${index}`))
      first?.catch(() => undefined)
      await Promise.allSettled(others)
      return String(await first)
    }
    case 'all':
    case 'race':
    case 'any':
    case 'allSettled': {
      const begun = program.of.map((each, index) => perform(ctx, each, trace, `${path}.${index}`))
      // The author leaves the losers alone; only this test's own promises must not count as unhandled.
      for (const each of begun) each.catch(() => undefined)
      if (program.do === 'race') return Promise.race(begun)
      if (program.do === 'any') return Promise.any(begun)
      if (program.do === 'all') return (await Promise.all(begun)).join()
      return (await Promise.allSettled(begun)).map((each) => each.status).join()
    }
  }
}
