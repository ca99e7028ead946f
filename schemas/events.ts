/**
 * The log of a run: one union of everything that can have happened, `{ sequence, type, at, data }`. Readers meet an
 * unknown type with an error that names it, never as something else.
 */
import { z } from 'zod'
import { awaiting } from './awaiting.ts'
import { failure } from './failure.ts'
import { attempt, executionId, kind, operationId, queueName, run, sequence, taskId, timerId } from './identity.ts'
import { priority, retryPolicy, timeouts } from './retry.ts'
import { timeoutType } from './statuses.ts'
import { durationMs, instant, payload } from './values.ts'

export const attributes = z.record(
  z.string().min(1).max(200),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
)
export const memo = z.record(z.string().min(1).max(200), payload)
export const headers = z.record(z.string().min(1).max(200), z.string())

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
    timeoutMs: durationMs.optional(),
    startAfterMs: durationMs.optional(),
    attributes: attributes.optional(),
    memo: memo.optional(),
    headers: headers.optional(),
  }),
  event('WORKFLOW_SUSPENDED', { ...ended, awaiting: z.array(awaiting) }),
  event('WORKFLOW_COMPLETED', { ...ended, output: payload.optional() }),
  event('WORKFLOW_FAILED', { ...ended, failure }),
  event('WORKFLOW_TERMINATED', { reason: z.string().optional(), by: z.string() }),
  event('WORKFLOW_TIMED_OUT', {}),
  event('TASK_SCHEDULED', { taskId, kind, input: payload.optional(), queue: queueName, retry: retryPolicy, timeouts, priority }),
  event('TASK_COMPLETED', { taskId, attempt, output: payload.optional() }),
  event('TASK_FAILED', { taskId, attempt, failure }),
  event('TASK_TIMED_OUT', { taskId, attempt, timeout: timeoutType }),
  event('TASK_CANCELLED', { taskId, attempt }),
  event('TASK_CANCELLATION_REQUESTED', { taskId }),
  event('TIMER_STARTED', { timerId, fireAt: instant, durationMs }),
  event('TIMER_FIRED', { timerId }),
  event('TIMER_CANCELLED', { timerId }),
  event('OPERATION_COMPLETED', { operationId, name: z.string(), result: payload.optional() }),
  event('OPERATION_FAILED', { operationId, name: z.string(), failure }),
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
  'OPERATION_COMPLETED',
  'OPERATION_FAILED',
])

/** The one field of an event's data that holds an author's value; it is stored apart and never parsed by the service. */
export const payloadFields = {
  WORKFLOW_STARTED: 'input',
  WORKFLOW_SUSPENDED: undefined,
  WORKFLOW_COMPLETED: 'output',
  WORKFLOW_FAILED: 'failure',
  WORKFLOW_TERMINATED: undefined,
  WORKFLOW_TIMED_OUT: undefined,
  TASK_SCHEDULED: 'input',
  TASK_COMPLETED: 'output',
  TASK_FAILED: 'failure',
  TASK_TIMED_OUT: undefined,
  TASK_CANCELLED: undefined,
  TASK_CANCELLATION_REQUESTED: undefined,
  TIMER_STARTED: undefined,
  TIMER_FIRED: undefined,
  TIMER_CANCELLED: undefined,
  OPERATION_COMPLETED: 'result',
  OPERATION_FAILED: 'failure',
} as const satisfies Record<EventType, string | undefined>

export const eventPage = z.object({
  events: z.array(historyEvent),
  lastSequence: sequence,
  nextAfter: sequence.optional(),
})
