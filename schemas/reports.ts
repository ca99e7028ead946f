/** What workers say of their work, and what they are answered. */
import { z } from 'zod'
import { declaredAwaiting } from './awaiting.ts'
import { commandList } from './commands.ts'
import { failure } from './failure.ts'
import {
  executionId,
  kind,
  name,
  operationId,
  queueName,
  requestId,
  run,
  sequence,
  sessionId,
  token,
  workerId,
} from './identity.ts'
import { taskFrames } from './stream.ts'
import { instant, payload } from './values.ts'
import { activation, taskWork } from './work.ts'

const kinds = z.array(kind).max(1_000)
const credit = z.number().int().min(0).max(10_000)

/** Credits that an answer offers: work of its own execution may come back in the reply. */
export const accept = z.strictObject({
  queue: queueName,
  workflow: credit,
  task: credit,
  workflowKinds: kinds,
  taskKinds: kinds,
})
export type Accept = z.infer<typeof accept>

export const operationOut = z.strictObject({ operationId, name })

const activationAnswer = {
  token,
  snapshotSequence: sequence,
  commands: commandList,
  awaiting: z.array(declaredAwaiting).max(10_000).optional(),
  /** Absent: the activation's own. */
  activationAt: instant.optional(),
  /** Whether the code read what depends on the batch's edge. */
  observed: z.boolean().optional(),
  operationsOut: z.array(operationOut).max(10_000).optional(),
}

const carrying = { session: sessionId.optional(), requestId: requestId.optional(), accept: accept.optional() }

export const completeActivation = z.strictObject({ ...activationAnswer, ...carrying })
export type CompleteActivation = z.infer<typeof completeActivation>

/** What a worker found when code and log disagreed. */
export const determinism = z.strictObject({
  index: z.number().int().min(1),
  expected: z.string(),
  actual: z.string(),
  location: z.string().optional(),
  hint: z.string().optional(),
})
/** `session` and `build` say whose code failed: where it does not fit the log, other code is tried. */
export const failActivation = z.strictObject({
  token,
  failure,
  determinism: determinism.optional(),
  session: sessionId.optional(),
  build: name.optional(),
})

export const completeTask = z.strictObject({ token, output: payload.optional(), ...carrying })
export const failTask = z.strictObject({ token, failure, ...carrying })
/** `handedOver`: the worker gives the attempt up to whoever has its token. */
export const heartbeatTask = z.strictObject({ token, details: payload.optional(), handedOver: z.boolean().optional() })
export const heartbeatAnswer = z.object({ cancelRequested: z.boolean() })

const subject = { executionId, run, id: z.string().min(1).max(200), token }
const outcome = { output: payload.optional(), failure: failure.optional() }

export const report = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('task'), ...subject, ...outcome }),
  z.strictObject({ type: z.literal('operation'), ...subject, name, ...outcome }),
  z.strictObject({
    type: z.literal('heartbeat'),
    ...subject,
    details: payload.optional(),
    handedOver: z.boolean().optional(),
  }),
  /** What a task's code shows while it runs. */
  z.strictObject({ type: z.literal('frames'), ...subject, frames: taskFrames }),
  z.strictObject({ type: z.literal('activation'), ...subject, ...activationAnswer }),
])
export type Report = z.infer<typeof report>

/** Commands that a worker already knows to follow from its reports: taken only if the log still ends at `basedOn`. */
export const then = z.strictObject({
  executionId,
  run,
  basedOn: sequence,
  activationAt: instant,
  commands: commandList,
  awaiting: z.array(declaredAwaiting).max(10_000).optional(),
})
export type Then = z.infer<typeof then>

export const completions = z.strictObject({
  requestId,
  session: sessionId.optional(),
  reports: z.array(report).max(10_000),
  then: z.array(then).max(10_000).optional(),
  accept: accept.optional(),
})
export type Completions = z.infer<typeof completions>

export const reply = z.object({
  /** The service's time. */
  at: instant,
  lastSequence: sequence,
  duplicate: z.boolean().optional(),
  then: z.enum(['taken', 'dropped']).optional(),
  cancelRequested: z.boolean().optional(),
  activation: activation.optional(),
  tasks: z.array(taskWork).optional(),
})
export type Reply = z.infer<typeof reply>

export const reportResult = z.union([
  z.object({ ok: z.literal(true), duplicate: z.boolean().optional() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
])
export type ReportResult = z.infer<typeof reportResult>

export const completionsAnswer = z.object({
  results: z.array(reportResult),
  executions: z.record(z.string(), reply),
  tasks: z.array(taskWork),
})
export type CompletionsAnswer = z.infer<typeof completionsAnswer>

/** Long-poll in place of a socket: work is leased for 30 s and renewed by heartbeats. */
export const poll = z.strictObject({
  workerId,
  build: name.optional(),
  workflows: kinds,
  tasks: kinds,
  accept: z.strictObject({ workflow: credit, task: credit }),
  waitMs: z.number().int().min(0).max(30_000),
})
export const pollAnswer = z.object({ activations: z.array(activation), tasks: z.array(taskWork) })
