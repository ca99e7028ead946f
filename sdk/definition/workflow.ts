/** A workflow: ordinary async code whose every step is durable. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkParts } from './checked-definition.ts'
import type { InputSchema } from './schema.ts'
import type { WorkflowContext } from './workflow-context.ts'

/** What a workflow's definition may say beside its code. */
export interface WorkflowOptions {
  /**
   * When the code does not fit the log of a run: `block`, the run waits, unharmed, and goes on by itself with code that
   * fits; `fail`, it ends FAILED with a failure of type `DETERMINISM`. `block` if absent.
   */
  readonly onDeterminismError?: 'block' | 'fail'
}

/** A workflow as `workflow()` makes it. */
export interface WorkflowDefinition<Input, Output> extends WorkflowOptions {
  readonly type: 'workflow'
  readonly name: string
  readonly input?: InputSchema
  run(ctx: WorkflowContext, input: Input): Promise<Output>
}

/** Any workflow, whatever its types. */
export type AnyWorkflow = WorkflowDefinition<unknown, unknown>

/**
 * Defines a workflow. Its code must do the same again when it is run again: what is not deterministic belongs into
 * tasks or `ctx.run`.
 *
 * ```ts
 * export const album = workflow({
 *   name: 'album',
 *   async run(ctx, input: { keys: string[] }) {
 *     const thumbs = await Promise.all(input.keys.map((key) => ctx.task(resize, { key, width: 256 })))
 *     await ctx.sleep('1 hour')
 *     return { published: thumbs.length }
 *   },
 * })
 * ```
 * @throws InvalidValue for a name that breaks a limit
 */
export function workflow<Schema extends StandardSchemaV1, Output>(
  definition: WorkflowOptions & {
    name: string
    input: Schema
    run(ctx: WorkflowContext, input: StandardSchemaV1.InferOutput<Schema>): Promise<Output>
  },
): WorkflowDefinition<StandardSchemaV1.InferInput<Schema>, Output>
export function workflow<Input, Output>(
  definition: WorkflowOptions & { name: string; run(ctx: WorkflowContext, input: Input): Promise<Output> },
): WorkflowDefinition<Input, Output>
export function workflow(definition: Omit<AnyWorkflow, 'type'>): AnyWorkflow {
  checkParts(definition, 'workflow')
  return Object.freeze({ ...definition, type: 'workflow' as const })
}
