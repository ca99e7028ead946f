/** What a user of the published package might write: all its doors in one file. A test copies it into an empty folder. */
import {
  ApplicationFailure,
  CancelledFailure,
  DeterminismError,
  type DurablePromise,
  type Duration,
  InvalidInput,
  PerdureError,
  type TaskContext,
  TaskFailure,
  type TaskOptions,
  TerminatedFailure,
  TimeoutFailure,
  task,
  type WorkflowContext,
  workflow,
} from 'perdure'
import * as client from 'perdure/client'
import { replay, TestEnvironment } from 'perdure/testing'
import { Worker } from 'perdure/worker'
import { z } from 'zod'

const options: TaskOptions = { retry: { maximumAttempts: 1 }, startToCloseTimeout: '10s' }

const half = task({
  ...options,
  name: 'half',
  run(input: { of: bigint }, ctx: TaskContext): bigint {
    ctx.signal.throwIfAborted()
    if (input.of % 2n === 1n) throw new ApplicationFailure(`${input.of} is odd`, { type: 'Odd', details: input })
    return input.of / 2n
  },
})

const halves = workflow({
  name: 'halves',
  input: z.object({ of: z.array(z.bigint()) }),
  async run(ctx: WorkflowContext, input) {
    const pause: Duration = '5ms'
    await ctx.sleep(pause)
    const parts: DurablePromise<bigint>[] = input.of.map((of) => ctx.task(half, { of }))
    return { parts: await Promise.all(parts) }
  },
})

const worker = new Worker({ workflows: [halves], tasks: [half] })
const running = worker.run()
const { Client, WorkflowFailedError } = client
const perdure = Client.fromEnv()

const { parts } = await perdure.execute(halves, { of: [8n, 2n ** 70n] })
const exact: bigint[] = parts
const failed: unknown = await perdure.execute(halves, { of: [3n] }).catch((error: unknown) => error)
// @ts-expect-error an input of another type
const refused: unknown = await perdure.start(halves, { of: ['eight'] }).catch((error: unknown) => error)
const cause = WorkflowFailedError.is(failed) ? failed.cause : undefined
await worker.drain()
await running

const env = await TestEnvironment.create({ workflows: [halves], tasks: [half] })
const tested = await env.start(halves, { of: [8n] })
const { parts: inMemory } = await tested.result()
await replay(halves, await tested.history())
env.mock(half, () => {
  throw new ApplicationFailure('odd', { type: 'Odd', nonRetryable: true })
})
const thrown: unknown = await (await env.start(halves, { of: [8n] })).result().catch((error: unknown) => error)
await env.close()
const odd = WorkflowFailedError.is(thrown) && TaskFailure.is(thrown.cause) ? thrown.cause.cause : thrown

console.log(
  JSON.stringify({
    parts: exact.map(String),
    cause: TaskFailure.is(cause) && ApplicationFailure.is(cause.cause) ? [cause.task.kind, cause.cause.type] : String(failed),
    refused: InvalidInput.is(refused) ? refused.problems.map(({ path }) => path) : String(refused),
    tested: [...inMemory.map(String), ApplicationFailure.is(odd) ? odd.type : String(odd)],
    // One class in all doors: `instanceof` works as well as `is`.
    same: failed instanceof PerdureError && client.PerdureError === PerdureError,
    classes: [CancelledFailure, TerminatedFailure, TimeoutFailure, DeterminismError].map(({ name }) => name),
  }),
)
