/**
 * The log of a run: one union of everything that can have happened, `{ sequence, type, at, data }`. Readers meet an
 * unknown type with an error that names it, never as something else.
 */
import { z } from 'zod'
import { awaiting } from './awaiting.ts'
import { failure } from './failure.ts'
import { flowCounters, flowOutcome, flowPlace, takenEdge, untakenEdge } from './flow/events.ts'
import {
  attempt,
  childId,
  executionId,
  externalId,
  kind,
  name,
  operationId,
  promiseId,
  promiseName,
  queueName,
  run,
  sequence,
  signalId,
  taskId,
  timerId,
} from './identity.ts'
import { parent, parentClosePolicy } from './parent.ts'
import { record } from './record.ts'
import { priority, retryPolicy, timeouts } from './retry.ts'
import { timeoutType } from './statuses.ts'
import { durationMs, instant, payload } from './values.ts'

const key = z.string().min(1, 'a name has at least 1 character').max(200, 'a name has at most 200 characters')
const attribute = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.string())],
  'an attribute is a text, a number, true or false, or a list of texts',
)
export const attributes = record(key, attribute)
export const memo = record(key, payload)
export const headers = record(key, z.string('a header is a text'))

const child = { childId, executionId }
const promise = { promiseId, name: promiseName }
const asked = { reason: z.string().optional(), by: z.string() }
const ended = { snapshotSequence: sequence, activationAt: instant, commandsFrom: sequence }
const event = <Type extends string, Data extends z.ZodRawShape>(type: Type, data: Data) =>
  z.object({ sequence, type: z.literal(type), at: instant, data: z.object(data) })

export const historyEvent = z.discriminatedUnion('type', [
  event('WORKFLOW_STARTED', {
    executionId,
    kind,
    input: payload.optional(),
    queue: queueName,
    run,
    parent: parent.optional(),
    timeoutMs: durationMs.optional(),
    startAfterMs: durationMs.optional(),
    attributes: attributes.optional(),
    memo: memo.optional(),
    headers: headers.optional(),
  }),
  event('WORKFLOW_SUSPENDED', { ...ended, awaiting: z.array(awaiting) }),
  event('WORKFLOW_COMPLETED', { ...ended, output: payload.optional() }),
  event('WORKFLOW_FAILED', { ...ended, failure }),
  event('WORKFLOW_CANCELLED', { ...ended, reason: z.string().optional() }),
  event('WORKFLOW_TERMINATED', asked),
  event('WORKFLOW_TIMED_OUT', {}),
  event('WORKFLOW_PAUSED', asked),
  event('WORKFLOW_RESUMED', asked),
  event('CANCELLATION_REQUESTED', asked),
  event('TASK_SCHEDULED', {
    taskId,
    kind,
    input: payload.optional(),
    queue: queueName,
    retry: retryPolicy,
    timeouts,
    priority,
    flow: flowPlace.optional(),
  }),
  event('TASK_COMPLETED', { taskId, attempt, output: payload.optional() }),
  event('TASK_FAILED', { taskId, attempt, failure }),
  event('TASK_TIMED_OUT', { taskId, attempt, timeout: timeoutType }),
  event('TASK_CANCELLED', { taskId, attempt }),
  event('TASK_CANCELLATION_REQUESTED', { taskId }),
  event('TIMER_STARTED', { timerId, fireAt: instant, durationMs }),
  event('TIMER_FIRED', { timerId }),
  event('TIMER_CANCELLED', { timerId }),
  event('PROMISE_CREATED', { ...promise, timeoutMs: durationMs.optional() }),
  event('PROMISE_RESOLVED', { ...promise, value: payload.optional() }),
  event('PROMISE_REJECTED', { ...promise, failure }),
  event('PROMISE_TIMED_OUT', promise),
  event('SIGNAL_RECEIVED', { name, payload: payload.optional(), signalId }),
  event('CHILD_WORKFLOW_INITIATED', {
    ...child,
    kind,
    input: payload.optional(),
    queue: queueName,
    parentClosePolicy,
    attributes: attributes.optional(),
    timeoutMs: durationMs.optional(),
  }),
  event('CHILD_WORKFLOW_STARTED', child),
  event('CHILD_WORKFLOW_COMPLETED', { ...child, output: payload.optional() }),
  event('CHILD_WORKFLOW_FAILED', { ...child, failure }),
  event('CHILD_WORKFLOW_CANCELLED', child),
  event('CHILD_WORKFLOW_TERMINATED', { ...child, reason: z.string().optional() }),
  event('CHILD_WORKFLOW_TIMED_OUT', child),
  event('CHILD_WORKFLOW_CANCELLATION_REQUESTED', { childId }),
  event('EXTERNAL_SIGNAL_SENT', { requestId: externalId, executionId, name }),
  event('EXTERNAL_SIGNAL_FAILED', { requestId: externalId, executionId, name, failure }),
  event('EXTERNAL_CANCEL_SENT', { requestId: externalId, executionId }),
  event('EXTERNAL_CANCEL_FAILED', { requestId: externalId, executionId, failure }),
  event('STATE_SET', { key: name, value: payload }),
  event('STATE_CLEARED', { key: name }),
  event('ATTRIBUTES_SET', { attributes }),
  event('OPERATION_COMPLETED', { operationId, name: z.string(), result: payload.optional() }),
  event('OPERATION_FAILED', { operationId, name: z.string(), failure }),
  event('FLOW_TASK_STARTED', {
    task: name,
    visit: z.number().int().min(1),
    total: z.number().int().optional(),
    items: payload.optional(),
  }),
  event('FLOW_TASK_CLOSED', {
    task: name,
    visit: z.number().int().min(0),
    outcome: flowOutcome,
    counters: flowCounters.optional(),
    fired: z.array(takenEdge),
    published: payload.optional(),
    failure: failure.optional(),
    notTaken: z.array(untakenEdge).optional(),
  }),
])
export type HistoryEvent = z.infer<typeof historyEvent>
export type EventType = HistoryEvent['type']
export type EventOf<Type extends EventType> = Extract<HistoryEvent, { type: Type }>

/** Events that wake the run (▲ in the guide). A start wants an activation too. */
export const wakingEventTypes: ReadonlySet<EventType> = new Set<EventType>([
  'WORKFLOW_STARTED',
  'TASK_COMPLETED',
  'TASK_FAILED',
  'TASK_TIMED_OUT',
  'TASK_CANCELLED',
  'TIMER_FIRED',
  'WORKFLOW_RESUMED',
  'CANCELLATION_REQUESTED',
  'PROMISE_RESOLVED',
  'PROMISE_REJECTED',
  'PROMISE_TIMED_OUT',
  'SIGNAL_RECEIVED',
  'CHILD_WORKFLOW_COMPLETED',
  'CHILD_WORKFLOW_FAILED',
  'CHILD_WORKFLOW_CANCELLED',
  'CHILD_WORKFLOW_TERMINATED',
  'CHILD_WORKFLOW_TIMED_OUT',
  'EXTERNAL_SIGNAL_SENT',
  'EXTERNAL_SIGNAL_FAILED',
  'EXTERNAL_CANCEL_SENT',
  'EXTERNAL_CANCEL_FAILED',
  'OPERATION_COMPLETED',
  'OPERATION_FAILED',
])

/** The one field of an event's data that holds an author's value; it is stored apart and never parsed by the service. */
export const payloadFields = {
  WORKFLOW_STARTED: 'input',
  WORKFLOW_SUSPENDED: undefined,
  WORKFLOW_COMPLETED: 'output',
  WORKFLOW_FAILED: 'failure',
  WORKFLOW_CANCELLED: undefined,
  WORKFLOW_TERMINATED: undefined,
  WORKFLOW_TIMED_OUT: undefined,
  WORKFLOW_PAUSED: undefined,
  WORKFLOW_RESUMED: undefined,
  CANCELLATION_REQUESTED: undefined,
  TASK_SCHEDULED: 'input',
  TASK_COMPLETED: 'output',
  TASK_FAILED: 'failure',
  TASK_TIMED_OUT: undefined,
  TASK_CANCELLED: undefined,
  TASK_CANCELLATION_REQUESTED: undefined,
  TIMER_STARTED: undefined,
  TIMER_FIRED: undefined,
  TIMER_CANCELLED: undefined,
  PROMISE_CREATED: undefined,
  PROMISE_RESOLVED: 'value',
  PROMISE_REJECTED: 'failure',
  PROMISE_TIMED_OUT: undefined,
  SIGNAL_RECEIVED: 'payload',
  CHILD_WORKFLOW_INITIATED: 'input',
  CHILD_WORKFLOW_STARTED: undefined,
  CHILD_WORKFLOW_COMPLETED: 'output',
  CHILD_WORKFLOW_FAILED: 'failure',
  CHILD_WORKFLOW_CANCELLED: undefined,
  CHILD_WORKFLOW_TERMINATED: undefined,
  CHILD_WORKFLOW_TIMED_OUT: undefined,
  CHILD_WORKFLOW_CANCELLATION_REQUESTED: undefined,
  EXTERNAL_SIGNAL_SENT: undefined,
  EXTERNAL_SIGNAL_FAILED: 'failure',
  EXTERNAL_CANCEL_SENT: undefined,
  EXTERNAL_CANCEL_FAILED: 'failure',
  STATE_SET: 'value',
  STATE_CLEARED: undefined,
  ATTRIBUTES_SET: undefined,
  OPERATION_COMPLETED: 'result',
  OPERATION_FAILED: 'failure',
  FLOW_TASK_STARTED: 'items',
  FLOW_TASK_CLOSED: 'published',
} as const satisfies Record<EventType, string | undefined>

export const eventPage = z.object({
  events: z.array(historyEvent),
  lastSequence: sequence,
  nextAfter: sequence.optional(),
})
