/** Everything that workflow code can ask for. */
import type { Attributes, ChildOptions, ChildWorkflow, ExternalExecution } from './child.ts'
import type { DurablePromise } from './durable-promise.ts'
import type { Duration } from './duration.ts'
import type { Logger } from './logger.ts'
import type { SignalChannel, SignalDefinition, WaitOptions } from './signal.ts'
import type { InputArguments, TaskDefinition } from './task.ts'
import type { RetryOptions, TaskOptions } from './task-options.ts'
import type { WorkflowDefinition } from './workflow.ts'

export interface WorkflowInfo {
  readonly executionId: string
  readonly run: number
  readonly kind: string
  readonly queue: string
  /** Epoch ms. */
  readonly startedAt: number
  /** Events in the log that this activation has seen. */
  readonly historyLength: number
  readonly continueAsNewSuggested: boolean
}

/** A promise that somebody outside settles, by its name or its id. */
export interface OutsidePromise<Value> extends DurablePromise<Value> {
  /** `promise-1`, `promise-2` …: which of several with the same name. */
  readonly promiseId: string
  /** Stops waiting: it rejects with a `CancelledFailure`. Whoever settles it later does no harm. */
  cancel(): void
}

/** What a workflow knows of the request to cancel it. */
export interface WorkflowCancellation {
  readonly requested: boolean
  readonly reason: string | undefined
  /** Aborts when the request is there; its reason is the `CancelledFailure`. */
  readonly signal: AbortSignal
}

/** Values of the execution, in its log, and readable from outside. */
export interface WorkflowState {
  /** A copy of what was set; undefined for a missing key. */
  get<Value = unknown>(key: string): Value | undefined
  /** Keeps a copy of the value. */
  set(key: string, value: unknown): void
  /** Whether it was there. */
  delete(key: string): boolean
  /** In the order in which they were first set. */
  keys(): string[]
}

/**
 * The first argument of a workflow's `run`. Native `Promise.all`, `race`, `any` and `allSettled` work on what it gives.
 *
 * Once the workflow is asked to stop, whatever it waits for rejects with a `CancelledFailure`, and so does every later call
 * that would wait; not so on the context that `shield` gives.
 */
export interface WorkflowContext {
  /** Schedules a task. It rejects with a `TaskFailure`, or a `CancelledFailure` when it was cancelled. */
  task<Input, Output>(
    definition: TaskDefinition<Input, Output>,
    ...args: InputArguments<Input, TaskOptions>
  ): DurablePromise<Awaited<Output>>
  task<Output = unknown>(name: string, input?: unknown, options?: TaskOptions): DurablePromise<Output>
  /** Starts another workflow, and gives its result. */
  child<Input, Output>(
    definition: WorkflowDefinition<Input, Output>,
    ...args: InputArguments<Input, ChildOptions>
  ): ChildWorkflow<Output>
  child<Output = unknown>(name: string, input?: unknown, options?: ChildOptions): ChildWorkflow<Output>
  /** Any execution of the organisation, by its id. */
  execution(executionId: string): ExternalExecution
  /** Waits, however long, holding no worker. */
  sleep(duration: Duration): DurablePromise<void>
  sleepUntil(time: Date | number): DurablePromise<void>
  /** As `sleep`; when cancelled it rejects with a `CancelledFailure` at once. */
  timer(duration: Duration): DurablePromise<void>
  /**
   * Waits until somebody outside settles it. It rejects with `PromiseRejected`, or with a `TimeoutFailure` when time is up.
   * What was settled under this name before it was called counts.
   */
  promise<Value = unknown>(name: string, options?: WaitOptions): OutsidePromise<Value>
  /** Waits until the condition holds: it is tested now, and after each event. It must look at things, and change none. */
  until(condition: () => boolean, options?: WaitOptions): DurablePromise<void>
  /** A condition: no handler of a signal is at work. `await ctx.until(ctx.handlersDone)` before the workflow returns. */
  handlersDone(): boolean
  /** The signals of one name, for code that asks for them. */
  signals<Payload>(signal: SignalDefinition<Payload>): SignalChannel<Payload>
  signals<Payload = unknown>(name: string): SignalChannel<Payload>
  /**
   * Calls `handler` for each signal that nobody waits for with `signals`: those that are there at once, the others when they
   * come, in order. Handlers may wait, and then overlap. What one throws fails the workflow, unless it is the
   * `CancelledFailure` of a workflow that is being cancelled. A second handler replaces the first.
   */
  onSignal<Payload>(signal: SignalDefinition<Payload>, handler: (payload: Payload) => unknown): void
  onSignal<Payload = unknown>(name: string, handler: (payload: Payload) => unknown): void
  /** Rejects with a `TimeoutFailure` when time is up first; whichever comes second is cancelled. */
  withTimeout<Value>(duration: Duration, promise: PromiseLike<Value>): DurablePromise<Value>
  /** `fn` for each item, at most `concurrency` at a time; results in the order of the items. */
  map<Item, Value>(
    items: Iterable<Item>,
    fn: (item: Item, index: number) => PromiseLike<Value> | Value,
    options?: { concurrency?: number },
  ): Promise<Value[]>
  /**
   * A side effect done here, in the worker, and recorded once. Inside `fn` everything is allowed but `ctx`. It is tried
   * once unless `retry` says otherwise, and run again if the worker is lost before its result is recorded.
   */
  run<Value>(name: string, fn: () => Promise<Value> | Value, options?: { retry?: RetryOptions }): Promise<Value>
  readonly state: WorkflowState
  readonly cancellation: WorkflowCancellation
  /** What is awaited on the context that `fn` is given goes on when the workflow is cancelled: for cleaning up. */
  shield<Value>(fn: (ctx: WorkflowContext) => PromiseLike<Value> | Value): Promise<Value>
  /** Adds to the attributes of the execution, or replaces them by name. */
  setAttributes(attributes: Attributes): void
  /** Epoch ms of the present activation: the same in every replay. */
  now(): number
  /** From 0 to below 1, the same in every replay. */
  random(): number
  /** The same in every replay. */
  uuid(): string
  /** Silent in replay. */
  readonly log: Logger
  readonly info: WorkflowInfo
}
