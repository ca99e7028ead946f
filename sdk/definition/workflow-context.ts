/** Everything that workflow code can ask for. */
import type { DurablePromise } from './durable-promise.ts'
import type { Duration } from './duration.ts'
import type { Logger } from './logger.ts'
import type { InputArguments, TaskDefinition } from './task.ts'
import type { RetryOptions, TaskOptions } from './task-options.ts'

export interface WorkflowInfo {
  readonly executionId: string
  readonly run: number
  readonly kind: string
  readonly queue: string
  /** Epoch ms. */
  readonly startedAt: number
  /** Events in the log when this activation began. */
  readonly historyLength: number
  readonly continueAsNewSuggested: boolean
}

/** The first argument of a workflow's `run`. Native `Promise.all`, `race`, `any` and `allSettled` work on what it gives. */
export interface WorkflowContext {
  /** Schedules a task. It rejects with a `TaskFailure`, or a `CancelledFailure` when it was cancelled. */
  task<Input, Output>(
    definition: TaskDefinition<Input, Output>,
    ...args: InputArguments<Input, TaskOptions>
  ): DurablePromise<Awaited<Output>>
  task<Output = unknown>(name: string, input?: unknown, options?: TaskOptions): DurablePromise<Output>
  /** Waits, however long, holding no worker. */
  sleep(duration: Duration): DurablePromise<void>
  sleepUntil(time: Date | number): DurablePromise<void>
  /** As `sleep`; when cancelled it rejects with a `CancelledFailure` at once. */
  timer(duration: Duration): DurablePromise<void>
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
