/** Failures that Perdure itself makes. */
import { Failure, thrownWhere } from './failure.ts'
import { isNamed } from './perdure-error.ts'

/** Which task failed, and in which attempt. */
export interface FailedTask {
  taskId: string
  kind: string
  attempt: number
}

/**
 * A task failed for good. `cause` is the `ApplicationFailure` of its last attempt, or a `TimeoutFailure`.
 *
 * ```ts
 * try { await ctx.task(charge, order) }
 * catch (error) { if (TaskFailure.is(error) && ApplicationFailure.is(error.cause)) … }
 * ```
 */
export class TaskFailure extends Failure {
  static override readonly errorName: string = 'TaskFailure'
  readonly task: FailedTask

  constructor(message: string, options: { task: FailedTask; cause?: unknown }) {
    super(message, { type: 'TaskFailure', code: 'task_failure', details: options.task, cause: options.cause })
    this.task = options.task
    thrownWhere(this, options.cause)
  }

  static override is(value: unknown): value is TaskFailure {
    return isNamed(value, TaskFailure.errorName)
  }
}

/** Which child of a workflow did not complete. */
export interface FailedChild {
  childId: string
  executionId: string
  kind: string
}

/**
 * A child workflow did not complete. `cause` says how: what it threw (its own `ApplicationFailure`, or the `TaskFailure` of a
 * task that it did not catch, with the task's as `cause`), a `TimeoutFailure`, a `CancelledFailure` or a `TerminatedFailure`.
 */
export class ChildWorkflowFailure extends Failure {
  static override readonly errorName: string = 'ChildWorkflowFailure'
  readonly child: FailedChild

  constructor(message: string, options: { child: FailedChild; cause?: unknown }) {
    super(message, { type: 'ChildWorkflowFailure', code: 'child_workflow_failure', details: options.child, cause: options.cause })
    this.child = options.child
    thrownWhere(this, options.cause)
  }

  static override is(value: unknown): value is ChildWorkflowFailure {
    return isNamed(value, ChildWorkflowFailure.errorName)
  }
}

/** Which promise was rejected. */
export interface RejectedPromise {
  promiseId: string
  name: string
}

/** Somebody rejected a `ctx.promise`. `cause` is the failure that they gave. */
export class PromiseRejected extends Failure {
  static override readonly errorName: string = 'PromiseRejected'
  readonly promise: RejectedPromise

  constructor(message: string, options: { promise: RejectedPromise; cause?: unknown }) {
    super(message, { type: 'PromiseRejected', code: 'promise_rejected', details: options.promise, cause: options.cause })
    this.promise = options.promise
    thrownWhere(this, options.cause)
  }

  static override is(value: unknown): value is PromiseRejected {
    return isNamed(value, PromiseRejected.errorName)
  }
}

/** Time ran out: of a task or a child (then it is the `cause`), of a promise, or of a wait with a limit. */
export class TimeoutFailure extends Failure {
  static override readonly errorName: string = 'TimeoutFailure'

  constructor(message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, { ...options, type: 'TIMEOUT', code: 'timeout_failure' })
  }

  static override is(value: unknown): value is TimeoutFailure {
    return isNamed(value, TimeoutFailure.errorName)
  }
}

/** It was cancelled. */
export class CancelledFailure extends Failure {
  static override readonly errorName: string = 'CancelledFailure'

  constructor(message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, { ...options, type: 'CANCELLED', code: 'cancelled_failure' })
  }

  static override is(value: unknown): value is CancelledFailure {
    return isNamed(value, CancelledFailure.errorName)
  }
}

/** It was terminated from outside. */
export class TerminatedFailure extends Failure {
  static override readonly errorName: string = 'TerminatedFailure'

  constructor(message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, { ...options, type: 'TERMINATED', code: 'terminated_failure' })
  }

  static override is(value: unknown): value is TerminatedFailure {
    return isNamed(value, TerminatedFailure.errorName)
  }
}
