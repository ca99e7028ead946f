/** Random workflows over tasks, timers, runs and the four combinators, and random orders in which things end. */
import fc from 'fast-check'
import { TaskFailure, TimeoutFailure, type WorkflowContext, workflow } from '../../../sdk/index.ts'

export type Program =
  | { do: Leaf }
  | { do: 'sequence' | 'all' | 'race' | 'any' | 'allSettled'; parts: Program[] }
  | { do: 'guard' | 'limit' | 'later'; part: Program }

type Leaf = 'task' | 'failing' | 'timer' | 'run' | 'draw'

const programOver = (...leaves: Leaf[]): fc.Arbitrary<Program> =>
  fc.letrec<{ program: Program }>((tie) => ({
    program: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ do: fc.constantFrom(...leaves) }),
      fc.record({
        do: fc.constantFrom('sequence', 'all', 'race', 'any', 'allSettled'),
        parts: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ do: fc.constantFrom('guard', 'limit', 'later'), part: tie('program') }),
    ),
  })).program

export const program = programOver('task', 'failing', 'timer', 'draw', 'run')
/** Results of runs get into the log when their activation is in progress: where batches end is seen in its order. */
export const programWithoutRuns = programOver('task', 'failing', 'timer', 'draw')

/** Everything that happens is told to the log as the input of the next task: a different order gives different commands. */
export const workflowOf = (body: Program) =>
  workflow({
    name: 'test',
    async run(ctx) {
      const trace: string[] = []
      try {
        await new Interpreter(ctx, trace).perform(body, 'm')
      } catch (error) {
        trace.push(`out ${nameOf(error)}`)
      }
      return trace
    },
  })

class Interpreter {
  readonly #ctx: WorkflowContext
  readonly #trace: string[]

  constructor(ctx: WorkflowContext, trace: string[]) {
    this.#ctx = ctx
    this.#trace = trace
  }

  async perform(body: Program, path: string): Promise<unknown> {
    try {
      const value = await this.#step(body, path)
      this.#trace.push(`${path} gave ${JSON.stringify(value)}`)
      return value
    } catch (error) {
      this.#trace.push(`${path} threw ${nameOf(error)}`)
      throw error
    } finally {
      this.#trace.push(`${path} left`)
    }
  }

  async #step(body: Program, path: string): Promise<unknown> {
    const ctx = this.#ctx
    switch (body.do) {
      case 'task':
      case 'failing':
        return ctx.task(body.do, [...this.#trace])
      case 'timer':
        return ctx.sleep('1s')
      case 'run':
        return ctx.run('effect', async () => path)
      case 'draw':
        return [ctx.random(), ctx.uuid()]
      case 'sequence': {
        const values: unknown[] = []
        for (const [index, part] of body.parts.entries()) values.push(await this.perform(part, `${path}${index}`))
        return values
      }
      case 'all':
        return Promise.all(this.#begin(body.parts, path))
      case 'race':
        return Promise.race(this.#begin(body.parts, path))
      case 'any':
        return Promise.any(this.#begin(body.parts, path))
      case 'allSettled':
        return (await Promise.allSettled(this.#begin(body.parts, path))).map(({ status }) => status)
      case 'guard':
        return this.perform(body.part, `${path}g`).catch((error: unknown) => nameOf(error))
      case 'limit': {
        const task = ctx.task('limited', path)
        const limited = await ctx.withTimeout('1s', task).catch((error: unknown) => nameOf(error))
        return [limited, await this.perform(body.part, `${path}l`)]
      }
      case 'later': {
        const rest = this.perform(body.part, `${path}f`)
        rest.catch(() => undefined)
        await ctx.task('task', path)
        return rest
      }
    }
  }

  #begin(parts: Program[], path: string): Promise<unknown>[] {
    return parts.map((part, index) => this.perform(part, `${path}${index}`))
  }
}

const nameOf = (error: unknown): string => {
  if (TaskFailure.is(error)) return 'TaskFailure'
  if (TimeoutFailure.is(error)) return 'TimeoutFailure'
  return error instanceof Error ? error.constructor.name : String(error)
}
