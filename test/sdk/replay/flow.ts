/** Short words of the tests of replay. */
import type { Command } from '../../../schemas/commands.ts'
import { type WorkflowContext, workflow } from '../../../sdk/index.ts'

export const flow = (run: (ctx: WorkflowContext, input: unknown) => Promise<unknown>) => workflow({ name: 'test', run })

export const typesOf = (commands: readonly Command[]): string[] => commands.map(({ type }) => type)

/** What was thrown, as `name: message`, or `none`. */
export const errorOf = (promise: PromiseLike<unknown>): Promise<string> =>
  Promise.resolve(promise).then(
    () => 'none',
    (error: unknown) => String(error),
  )

export const thrownBy = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  )

/** Author code that keeps what it has caught, for the test to look at. */
export function keeper(): { keep: (promise: PromiseLike<unknown>) => Promise<unknown>; kept: unknown[] } {
  const kept: unknown[] = []
  const keep = async (promise: PromiseLike<unknown>) => {
    const error = await thrownBy(promise)
    kept.push(error)
    return error
  }
  return { keep, kept }
}
