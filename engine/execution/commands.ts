/** What is asked of an execution, with authors' values as JSON text. */

import type { Awaiting } from '../../schemas/awaiting.ts'
import type { FlowPlace } from '../../schemas/flow/events.ts'
import type { Parent, ParentClosePolicy } from '../../schemas/parent.ts'
import type { Accept } from '../../schemas/reports.ts'
import type { RetryPolicy, Timeouts } from '../../schemas/retry.ts'
import type { TaskFrameType } from '../../schemas/stream.ts'
import type { FlowPin } from '../flow/definition.ts'

type Text = string

export type Attributes = Record<string, string | number | boolean | string[]>

export interface StartCommand {
  org: string
  executionId: string
  kind: string
  input?: Text
  queue: string
  timeoutMs?: number
  startAfterMs?: number
  attributes?: Attributes
  /** Who starts it as its child. */
  parent?: Parent
  /** JSON text of the memo object. */
  memo?: Text
  headers?: Record<string, string>
  idReuse: 'USE_EXISTING' | 'ALLOW' | 'ALLOW_AFTER_FAILURE' | 'REJECT'
  onConflict: 'USE_EXISTING' | 'FAIL' | 'TERMINATE_EXISTING'
  /** Hash of the request's body, when the id came from an Idempotency-Key. */
  bodyHash?: string
  /** Of a flow: what the run keeps of it. */
  flow?: FlowPin
  /** Limits of the organisation that the run lives under. */
  limits: { openTasks: number; eventsPerRun: number }
}

/** `schemas/commands.ts` with values as text. */
export type WorkflowCommand =
  | {
      type: 'SCHEDULE_TASK'
      taskId: string
      kind: string
      input?: Text
      queue?: string
      retry?: RetryPolicy
      timeouts?: Timeouts
      priority?: number
      flow?: FlowPlace
    }
  | { type: 'CANCEL_TASK'; taskId: string }
  | { type: 'START_TIMER'; timerId: string; fireAt?: number; durationMs?: number; flow?: FlowPlace }
  | { type: 'CANCEL_TIMER'; timerId: string }
  | { type: 'CREATE_PROMISE'; promiseId: string; name: string; timeoutMs?: number; flow?: FlowPlace }
  | { type: 'RESOLVE_PROMISE'; promiseId: string; value?: Text }
  | {
      type: 'START_CHILD_WORKFLOW'
      childId: string
      executionId?: string
      kind: string
      input?: Text
      queue?: string
      parentClosePolicy?: ParentClosePolicy
      attributes?: Attributes
      timeoutMs?: number
      flow?: FlowPlace
    }
  | { type: 'CANCEL_CHILD_WORKFLOW'; childId: string }
  | { type: 'SIGNAL_WORKFLOW'; requestId: string; executionId: string; name: string; payload?: Text }
  | { type: 'CANCEL_WORKFLOW_EXECUTION'; requestId: string; executionId: string; reason?: string }
  | { type: 'SET_STATE'; key: string; value: Text }
  | { type: 'CLEAR_STATE'; key: string }
  | { type: 'SET_ATTRIBUTES'; attributes: Attributes }
  | { type: 'COMPLETE_WORKFLOW'; output?: Text }
  | { type: 'FAIL_WORKFLOW'; failure: Text }
  | { type: 'CANCEL_WORKFLOW'; reason?: string }

/** A failure as the rules need it, and its whole text as it is stored. */
export interface ReportedFailure {
  type: string
  message: string
  nonRetryable?: boolean
  retryAfterMs?: number
  text: Text
}

export interface ActivationAnswer {
  snapshotSequence: number
  commands: WorkflowCommand[]
  awaiting: Awaiting[]
  activationAt?: number
  observed: boolean
  operationsOut: { operationId: string; name: string }[]
}

export type WorkReport = { run: number; id: string; token: string } & (
  | { type: 'task'; output?: Text; failure?: ReportedFailure }
  | { type: 'operation'; name: string; output?: Text; failure?: ReportedFailure }
  /** `handedOver`: whoever has the token answers from now on, and no worker is looked for. */
  | { type: 'heartbeat'; details?: Text; handedOver?: true }
  /** `fields`: JSON text of the frame's own fields. */
  | { type: 'frames'; frames: { type: TaskFrameType; index: number; fields: Text }[] }
  | ({ type: 'activation' } & ActivationAnswer)
  /** `session` and `build`: of who failed, as it says itself. */
  | { type: 'activation-failed'; failure: ReportedFailure; determinism?: Text; session?: string; build?: string }
)

export interface Speculation {
  run: number
  basedOn: number
  activationAt: number
  commands: WorkflowCommand[]
  awaiting: Awaiting[]
}

/** A report whose token was checked: `attempt` is what the token is for, 0 when it is not ours. */
export type CheckedReport = WorkReport extends infer Report
  ? Report extends WorkReport
    ? Omit<Report, 'token'> & { attempt: number }
    : never
  : never

/** Everything one worker says to one execution in one request. `run` 0 in a report means the latest run. */
export interface ReportRequest {
  reports: WorkReport[]
  then?: Speculation
  /** With a session: work may come back in the reply. */
  accept?: Accept
  session?: string
  requestId?: string
}
