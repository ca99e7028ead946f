/**
 * What executions say to each other: as it waits in the outbox, where values stay in the log, and as it travels.
 *
 * 1. Every message may arrive more than once, and late; who gets it knows it by whom it names.
 * 2. What concerns a child names its parent, run and child id: a stranger under the same execution id is left alone.
 */
import { derivedId } from '../../schemas/child-id.ts'
import type { EventType } from '../../schemas/events.ts'
import type { Parent } from '../../schemas/parent.ts'
import type { ClosedStatus } from '../../schemas/statuses.ts'
import type { FlowPin } from '../flow/definition.ts'
import type { Attributes } from './commands.ts'
import type { EventRow } from './log-event.ts'
import type { ExecutionState, RunState } from './state.ts'

/** JSON text. */
type Text = string

/** In the outbox. `to` is an execution id; `run` is the sender's, and `sequence` that of its event which says the rest. */
export type PostedMessage =
  | { type: 'start-child'; to: string; run: number; childId: string; sequence: number }
  | { type: 'cancel-child'; to: string; run: number; childId: string; reason?: string }
  | { type: 'terminate-child'; to: string; run: number; childId: string; reason: string }
  /** `parent`: in which run, and as which child, the sender was started. */
  | { type: 'child-ended'; to: string; parent: ChildKey; run: number; sequence: number }
  | { type: 'signal'; to: string; run: number; requestId: string; name: string }
  | { type: 'cancel'; to: string; run: number; requestId: string; reason?: string }

export type ChildKey = Pick<Parent, 'run' | 'childId'>

/** How a child's run can end, as its parent is told. */
export type ChildOutcome = Exclude<ClosedStatus, 'CONTINUED_AS_NEW'>

/** On its way. */
export type ExecutionMessage =
  | StartChild
  | { type: 'cancel-child'; parent: Parent; reason?: string }
  | { type: 'terminate-child'; parent: Parent; reason: string }
  | ChildEnded
  | { type: 'signal'; from: string; signalId: string; name: string; payload?: Text }
  | { type: 'cancel'; from: string; request: string; reason?: string }

export interface StartChild {
  type: 'start-child'
  org: string
  executionId: string
  parent: Parent
  /** When the parent's run began: tells it from one that had its id before and was deleted. Epoch ms. */
  parentStartedAt?: number
  kind: string
  queue: string
  input?: Text
  timeoutMs?: number
  attributes?: Attributes
  headers?: Record<string, string>
  limits: RunState['limits']
  /** Of a flow: as it was saved when the message was sent. */
  flow?: FlowPin
}

export interface ChildEnded {
  type: 'child-ended'
  parent: ChildKey
  /** The child's. */
  executionId: string
  outcome: ChildOutcome
  /** Of one that was terminated. */
  reason?: string
  /** Output or failure. */
  payload?: Text
}

/** What is read for a message of what its sender has on disk. */
export interface MessageSource {
  readonly events: {
    page(run: number, after: number, until: number, limit: number, bytes: number): EventRow[]
  }
  /** The value that was posted with a message. */
  payloadOf(id: number): Text | undefined
}

/** What a parent is told when this is the last event of a run. */
export const outcomes = {
  WORKFLOW_COMPLETED: 'COMPLETED',
  WORKFLOW_FAILED: 'FAILED',
  WORKFLOW_CANCELLED: 'CANCELLED',
  WORKFLOW_TERMINATED: 'TERMINATED',
  WORKFLOW_TIMED_OUT: 'TIMED_OUT',
} as const satisfies Partial<Record<EventType, ChildOutcome>>

export type ClosingType = keyof typeof outcomes

const isClosing = (type: string): type is ClosingType => Object.hasOwn(outcomes, type)

/** A posted message as it travels; undefined when the log no longer has what it speaks of. */
export function messageOf(
  { id, message }: { id: number; message: PostedMessage },
  { org, executionId, run }: ExecutionState,
  source: MessageSource,
): ExecutionMessage | undefined {
  switch (message.type) {
    case 'start-child':
      return run && startChild(message, { org, executionId }, run.limits, source)
    case 'cancel-child':
    case 'terminate-child': {
      const { to: _, run: number, childId, ...said } = message
      return { ...said, parent: { executionId, run: number, childId } }
    }
    case 'child-ended':
      return childEnded(message, executionId, source)
    case 'signal': {
      const payload = source.payloadOf(id)
      const signalId = derivedId(executionId, message.run, message.requestId)
      return { type: 'signal', from: executionId, signalId, name: message.name, ...(payload !== undefined && { payload }) }
    }
    case 'cancel': {
      const request = derivedId(executionId, message.run, message.requestId)
      return { type: 'cancel', from: executionId, request, ...(message.reason !== undefined && { reason: message.reason }) }
    }
  }
}

const rowOf = (source: MessageSource, run: number, sequence: number): EventRow | undefined =>
  source.events.page(run, sequence - 1, sequence, 1, Number.POSITIVE_INFINITY)[0]

type Initiated = Pick<StartChild, 'kind' | 'queue' | 'timeoutMs' | 'attributes'>

function startChild(
  { to, run, childId, sequence }: Extract<PostedMessage, { type: 'start-child' }>,
  self: { org: string; executionId: string },
  limits: RunState['limits'],
  source: MessageSource,
): StartChild | undefined {
  const initiated = rowOf(source, run, sequence)
  const started = rowOf(source, run, 1)
  if (initiated === undefined || started === undefined) return undefined
  const { kind, queue, timeoutMs, attributes } = JSON.parse(initiated.data) as Initiated
  const { headers } = JSON.parse(started.data) as Pick<StartChild, 'headers'>
  return {
    type: 'start-child',
    org: self.org,
    executionId: to,
    parent: { executionId: self.executionId, run, childId },
    parentStartedAt: started.at,
    kind,
    queue,
    ...(initiated.payload !== null && { input: initiated.payload }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(attributes !== undefined && { attributes }),
    ...(headers !== undefined && { headers }),
    limits,
  }
}

function childEnded(
  { parent, run, sequence }: Extract<PostedMessage, { type: 'child-ended' }>,
  executionId: string,
  source: MessageSource,
): ChildEnded | undefined {
  const closing = rowOf(source, run, sequence)
  if (closing === undefined || !isClosing(closing.type)) return undefined
  const outcome = outcomes[closing.type]
  const { reason } = JSON.parse(closing.data) as { reason?: string }
  return {
    type: 'child-ended',
    parent,
    executionId,
    outcome,
    ...(outcome === 'TERMINATED' && reason !== undefined && { reason }),
    ...(closing.payload !== null && { payload: closing.payload }),
  }
}
