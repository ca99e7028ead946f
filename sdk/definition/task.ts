/** A task: a plain function with side effects, run by any worker, retried until it succeeds or is given up. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkParts } from './checked-definition.ts'
import type { InputSchema } from './schema.ts'
import type { TaskContext } from './task-context.ts'
import { checkTaskOptions, type TaskOptions } from './task-options.ts'

/** A task as `task()` makes it. */
export interface TaskDefinition<Input, Output> extends TaskOptions {
  readonly type: 'task'
  readonly name: string
  readonly input?: InputSchema
  run(input: Input, ctx: TaskContext): Promise<Output> | Output
}

/** Any task, whatever its types: methods compare their parameters both ways. */
export type AnyTask = TaskDefinition<unknown, unknown>

/** May be left out where `undefined` is an input. */
export type InputArguments<Input, Options> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options]

/**
 * Defines a task.
 *
 * ```ts
 * export const resize = task({
 *   name: 'resize',
 *   retry: { maximumAttempts: 5, nonRetryable: ['BadImage'] },
 *   startToCloseTimeout: '30s',
 *   async run(input: { key: string; width: number }, ctx) {
 *     ctx.signal.throwIfAborted()
 *     return { key: await shrink(input.key, input.width) }
 *   },
 * })
 * ```
 * With `input`, any Standard Schema, the type of the input is the schema's, and what does not fit is `InvalidInput`.
 *
 * @throws InvalidValue for a name or an option that breaks a limit; RangeError for a duration that is none
 */
export function task<Schema extends StandardSchemaV1, Output>(
  definition: TaskOptions & {
    name: string
    input: Schema
    run(input: StandardSchemaV1.InferOutput<Schema>, ctx: TaskContext): Promise<Output> | Output
  },
): TaskDefinition<StandardSchemaV1.InferInput<Schema>, Output>
export function task<Input, Output>(
  definition: TaskOptions & { name: string; run(input: Input, ctx: TaskContext): Promise<Output> | Output },
): TaskDefinition<Input, Output>
export function task(definition: Omit<AnyTask, 'type'>): AnyTask {
  checkParts(definition, 'task')
  checkTaskOptions(definition, `task ${definition.name}`)
  return Object.freeze({ ...definition, type: 'task' as const })
}
