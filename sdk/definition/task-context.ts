/** What a task is told about itself. */
import type { Logger } from './logger.ts'
import type { TaskStream } from './task-stream.ts'

/** The second argument of a task's `run`. */
export interface TaskContext {
  /**
   * Aborts when the task is cancelled, has timed out, or was given to another worker; its reason is a
   * `CancelledFailure` or a `TimeoutFailure`. A task that rejects with that reason ends as it was asked to.
   */
  readonly signal: AbortSignal
  /** From 1. */
  readonly attempt: number
  readonly taskId: string
  readonly executionId: string
  /** The same for every attempt of this task: give it to services that can drop repeats. */
  readonly idempotencyKey: string
  /** What the attempt before this one said last with `heartbeat`. */
  readonly lastHeartbeat: unknown
  /** Says that the task is alive, and how far it is; sent at intervals, the last details count. */
  heartbeat(details?: unknown): void
  /**
   * Somebody else will complete this attempt: answers with its token. When the task returns after that, what it returns is
   * not its result, and its slot is free; the attempt stays open until somebody posts to
   * `…/workflow-executions/{executionId}/tasks/{taskId}/complete`, `/fail` or `/heartbeat` with that token. Its timeouts hold,
   * and the next attempt, if one follows, has another token. If it throws instead, the attempt has failed.
   */
  handOver(): string
  /** How far it is, from 0 to 1; shown to whoever watches. */
  progress(value: number, details?: unknown): void
  /** Shown to whoever watches while the task runs: sent every 50 ms, or 16 KiB, in order, never after the result. */
  readonly stream: TaskStream
  /** Goes to the worker's `on('log')`, and to whoever watches. */
  readonly log: Logger
}
