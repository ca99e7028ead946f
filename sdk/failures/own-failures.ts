/** Failures that Perdure itself makes. */
import { Failure } from './failure.ts'
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
  }

  static override is(value: unknown): value is TaskFailure {
    return isNamed(value, TaskFailure.errorName)
  }
}

/** Time ran out: of a task (then the `cause` of its `TaskFailure`), or of `ctx.withTimeout`. */
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
