/** Other executions, as a workflow sees them: the children that it starts, and those that others have started. */
import type { ParentClosePolicy } from '../../schemas/parent.ts'
import type { DurablePromise } from './durable-promise.ts'
import type { Duration } from './duration.ts'
import type { PayloadArguments, SignalDefinition } from './signal.ts'

/** What a search finds an execution by: at most 64 keys and 16 KiB of JSON. */
export type Attributes = Record<string, string | number | boolean | string[]>

export interface ChildOptions {
  /** The child's execution id; made from the parent's if absent. */
  id?: string
  /** The parent's own queue if absent. */
  queue?: string
  /** What becomes of the child when the parent ends first, or is cancelled; `TERMINATE`. */
  parentClosePolicy?: ParentClosePolicy
  /** Over those of the parent. */
  attributes?: Attributes
  /** Of the whole child; then it is timed out. */
  timeout?: Duration
}

/** Who can be sent signals. */
export interface SignalTarget {
  readonly executionId: string
  /**
   * Sends a signal. It settles when the signal is in the other's log, and rejects with an `ApplicationFailure` whose type is
   * `not_found` or `already_closed`.
   */
  signal<Payload>(signal: SignalDefinition<Payload>, ...payload: PayloadArguments<NoInfer<Payload>>): DurablePromise<void>
  signal(name: string, payload?: unknown): DurablePromise<void>
}

/** A child, begun at the call. It rejects with a `ChildWorkflowFailure`. */
export interface ChildWorkflow<Output> extends DurablePromise<Output>, SignalTarget {
  /** Asks the child to stop. How it ends is its own affair: await it. */
  cancel(): void
}

/** An execution that need not be a child of this one. */
export interface ExternalExecution extends SignalTarget {
  /** Asks it to stop. It settles when the request is in the other's log. */
  cancel(reason?: string): DurablePromise<void>
}
