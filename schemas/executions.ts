/** Requests about executions, and their answers. */
import { z } from 'zod'
import { awaiting } from './awaiting.ts'
import { attributes, headers, memo } from './events.ts'
import { failure } from './failure.ts'
import { attempt, childId, executionId, kind, name, queueName, run, sequence, signalId, taskId, workerId } from './identity.ts'
import { limits } from './limits.ts'
import { parent } from './parent.ts'
import { activationAxis, executionStatus, taskStatus } from './statuses.ts'
import { durationMs, instant, numberText, payload } from './values.ts'

const requestAttributes = attributes.refine((value) => Object.keys(value).length <= limits.attributeKeys, {
  message: `at most ${limits.attributeKeys} attributes`,
})

export const startRequest = z.strictObject({
  kind,
  input: payload.optional(),
  id: executionId.optional(),
  queue: queueName.optional(),
  timeoutMs: durationMs.min(1).optional(),
  startAfterMs: durationMs.optional(),
  attributes: requestAttributes.optional(),
  memo: memo.optional(),
  headers: headers.optional(),
  idReuse: z.enum(['USE_EXISTING', 'ALLOW', 'ALLOW_AFTER_FAILURE', 'REJECT']).optional(),
  onConflict: z.enum(['USE_EXISTING', 'FAIL', 'TERMINATE_EXISTING']).optional(),
})
export type StartRequest = z.infer<typeof startRequest>

export const startAnswer = z.object({ id: executionId, run, isNew: z.boolean(), status: executionStatus })
export type StartAnswer = z.infer<typeof startAnswer>

export const runProblem = z.object({
  type: z.string(),
  message: z.string(),
  since: instant,
  attempts: z.number().int(),
  details: payload.optional(),
})
export type RunProblem = z.infer<typeof runProblem>

export const describedAwaiting = awaiting.extend({
  since: instant.optional(),
  due: instant.optional(),
  why: z.string().optional(),
})
export type DescribedAwaiting = z.infer<typeof describedAwaiting>

export const description = z.object({
  id: executionId,
  run,
  kind,
  queue: queueName,
  status: executionStatus,
  activation: activationAxis,
  paused: z.boolean(),
  cancelRequested: z.boolean(),
  parent: parent.optional(),
  createdAt: instant,
  startedAt: instant,
  closedAt: instant.optional(),
  lastSequence: sequence,
  attributes,
  memo,
  output: payload.optional(),
  failure: failure.optional(),
  awaiting: z.array(describedAwaiting),
  problem: runProblem.optional(),
})
export type Description = z.infer<typeof description>

export const executionResult = z.object({
  run,
  status: executionStatus,
  output: payload.optional(),
  failure: failure.optional(),
})
export type ExecutionResult = z.infer<typeof executionResult>

/** Of a start that waited: with the result, if there is one by then. */
export const waitedStartAnswer = startAnswer.extend({ result: executionResult.optional() })

export const reasonRequest = z.strictObject({ reason: z.string().max(1_000).optional() })

/** The signal of `signal-with-start`. */
const startSignal = z.strictObject({ name, payload: payload.optional(), signalId: signalId.optional() })
export const signalWithStartRequest = startRequest.extend({ signal: startSignal })
export type SignalWithStartRequest = z.infer<typeof signalWithStartRequest>
export const signalWithStartAnswer = z.object({ id: executionId, run, isNew: z.boolean(), sequence })

export const signalRequest = z.strictObject({ payload: payload.optional(), signalId: signalId.optional() })
export const signalAnswer = z.object({ sequence })

export const resolveRequest = z.strictObject({ value: payload.optional() })
export const rejectRequest = z.strictObject({ failure })
export const settledAnswer = z.union([z.object({ sequence }), z.object({ alreadySettled: z.literal(true) })])

export const stateAnswer = z.object({ items: z.record(z.string(), payload) })
export const stateValueAnswer = z.object({ value: payload })

export const childStatus = z.enum(['INITIATED', 'STARTED', 'COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'])
export type ChildStatus = z.infer<typeof childStatus>
export const childSummary = z.object({ childId, executionId, kind, status: childStatus })
export type ChildSummary = z.infer<typeof childSummary>
export const childList = z.object({ items: z.array(childSummary) })

export const runQuery = z.strictObject({ run: numberText(run).optional() })
export const eventsQuery = runQuery.extend({
  after: numberText(sequence).optional(),
  limit: numberText(z.number().int().min(1).max(limits.pageEvents)).optional(),
  work: z.string().max(200).optional(),
})
export const resultQuery = z.strictObject({ waitMs: numberText(z.number().int().min(0).max(limits.resultWaitMs)).optional() })
export const tasksQuery = runQuery.extend({
  limit: numberText(z.number().int().min(1).max(limits.pageEvents)).optional(),
  cursor: z.string().max(200).optional(),
  /** Of a flow: the items of this task. */
  task: z.string().max(200).optional(),
})

export const taskAttempt = z.object({
  attempt,
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  outcome: z.enum(['COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELLED']).optional(),
  failure: failure.optional(),
  workerId: workerId.optional(),
})
export type TaskAttempt = z.infer<typeof taskAttempt>

export const taskSummary = z.object({ taskId, kind, status: taskStatus, attempt })
export const taskPage = z.object({ items: z.array(taskSummary), nextCursor: z.string().optional() })
export const taskDescription = taskSummary.extend({
  input: payload.optional(),
  output: payload.optional(),
  failure: failure.optional(),
  /** Of a task that is open: what its attempts said last of how far they are. */
  lastHeartbeat: payload.optional(),
  attempts: z.array(taskAttempt),
})
export type TaskDescription = z.infer<typeof taskDescription>
