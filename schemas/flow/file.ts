/**
 * A flow as its author writes it, in YAML or JSON: every key it may have. The JSON Schema, and the table of keys in the
 * guide, are made of this. What one key means for another is checked in `engine/flow/`.
 */
import { z } from 'zod'
import { durationPattern, parseDuration } from '../duration.ts'
import { kind, queueName } from '../identity.ts'
import { priority } from '../retry.ts'
import { payload } from '../values.ts'
import { flowName, flowTaskName, flowVersion, variableName } from './names.ts'

const tenYearsMs = 315_576_000_000

const duration = z
  .union([
    z.number().min(0).max(tenYearsMs),
    z
      .string()
      .regex(durationPattern, "a duration is milliseconds, or text such as '5 minutes'")
      .refine((text) => !(parseDuration(text) > tenYearsMs), 'a duration is at most ten years'),
  ])
  .describe('Milliseconds, or text such as `2s`, `5 minutes`, `1 hour`; at most ten years')

const expression = z.string().min(1).max(10_000)

const retry = z
  .strictObject({
    initialInterval: duration.optional().describe('Wait before the second attempt; 1 s'),
    backoffCoefficient: z.number().min(1).max(1_000).optional().describe('Each wait is so many times the one before; 2'),
    maximumInterval: duration.optional().describe('No wait is longer; 100 s'),
    maximumAttempts: z.number().int().min(0).max(1_000_000_000).optional().describe('10; 0 is without end'),
    nonRetryable: z.array(z.string().min(1).max(200)).max(100).optional().describe('Failure types that are final at once'),
  })
  .describe('How an attempt that failed is tried again; of a task with items, each item for itself')

const withItems = z.strictObject({
  in: payload.describe('The list: an expression that gives one, or a list'),
  as: variableName.optional().describe('What an item is called in expressions; `item`. With `batch` it is a list of items'),
  key: expression.optional().describe('Names an item in the log and in the item states; it may read the item and `index`'),
  on_item_failure: z
    .enum(['drain', 'stop', 'continue'])
    .optional()
    .describe('`drain`: run all, then judge (default). `stop`: start no more. `continue`: failures never fail the task'),
  tolerate: z
    .strictObject({
      count: z.number().int().min(0).optional().describe('So many items may fail'),
      percent: z.number().min(0).max(100).optional().describe('This share of the items may fail'),
    })
    .optional()
    .describe('Failures that do not fail the task'),
  batch: z
    .strictObject({ size: z.number().int().min(1).max(10_000).describe('Items that one task is given together') })
    .optional()
    .describe('Several items for one task'),
})

const waitFor = z.strictObject({
  signal: expression.optional().describe('Name of the signal; its payload is the result'),
  promise: expression.optional().describe('Name of the promise; its value is the result'),
})

const edge = z.strictObject({
  when: expression.optional().describe('An expression that is true or false; `succeeded()`'),
  publish: z
    .record(variableName, payload)
    .optional()
    .describe('Variables to set, all of them before `do`; values may hold expressions'),
  do: z.array(flowTaskName).max(1_000).optional().describe('Tasks to go on with'),
})

const task = z
  .strictObject({
    task: kind.optional().describe('Kind of the task that workers run'),
    flow: z.string().max(120).optional().describe('Another flow to run, `name` or `name@version`'),
    wait_for: waitFor.optional().describe('A signal or a promise to wait for; one that came early counts'),
    input: payload.optional().describe('Given to the task or flow; values may hold expressions. Without it there is none'),
    with_items: z
      .union([expression, withItems])
      .optional()
      .describe('Runs once for each item of a list; as text: the expression that gives the list'),
    concurrency: z
      .union([z.number().int().min(0).max(1_000_000), expression])
      .optional()
      .describe('How many items are out at a time: a number or an expression; 1. 0 is without limit'),
    retry: retry.optional(),
    timeout: duration.optional().describe('Of an attempt, a child flow or a wait'),
    queue: queueName.optional().describe("The workers' queue; the run's own if absent"),
    priority: priority.optional().describe('Higher goes first; 0'),
    join: z
      .union([z.literal('all'), z.number().int().min(1)])
      .optional()
      .describe('Starts once, when edges from all sources, or from so many, have been taken'),
    on_unreachable: z
      .enum(['fail', 'skip'])
      .optional()
      .describe('What becomes of the run when the join can no longer happen; `fail`'),
    exclusive: z.boolean().optional().describe('Only the first edge that matches is taken'),
    next: z.array(edge).max(100).optional().describe('Edges, looked at when the task with all items and retries is closed'),
  })
  .describe('One of `task`, `flow`, `wait_for`, and how it goes on')

export const flowFile = z.strictObject({
  flow: flowName.describe('Its name'),
  version: flowVersion.optional().describe('Counted by the service if absent; a version that was saved never changes'),
  input: z
    .record(z.string(), payload)
    .optional()
    .describe('JSON Schema of the input; it is checked, and defaults filled in, at the start'),
  vars: z.record(variableName, payload).optional().describe('First values of variables; they may read `input` and `execution`'),
  tasks: z.record(flowTaskName, task).describe('The graph; those without an edge from another task begin, in order'),
  output: payload.optional().describe('Output of the run; values may hold expressions'),
  cancellation: z
    .enum(['cancel_running', 'allow_finish'])
    .optional()
    .describe('What a cancellation does with tasks that are out: `cancel_running` (default) or `allow_finish`'),
  on_cancel: z.array(flowTaskName).max(100).optional().describe('Tasks that start when the run is asked to cancel'),
  max_steps: z.number().int().min(1).max(100_000).optional().describe('Visits of tasks that a run may make; 1,000'),
  timeout: duration.optional().describe('Of the whole run, unless its start says another'),
})
export type FlowFile = z.infer<typeof flowFile>
export type FlowFileTask = z.infer<typeof task>
export type FlowFileEdge = z.infer<typeof edge>

export const flowJsonSchema = (): object => ({
  title: 'Perdure flow',
  ...z.toJSONSchema(flowFile, { unrepresentable: 'any', io: 'input' }),
})
