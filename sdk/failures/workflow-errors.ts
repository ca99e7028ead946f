/** How a client learns that a workflow did not complete. `cause` is the failure, where there is one. */
import { isNamed, PerdureError } from './perdure-error.ts'

export interface EndedExecution {
  executionId: string
  run: number
  cause?: unknown
}

class WorkflowEndedError extends PerdureError {
  static override readonly errorName: string = 'WorkflowEndedError'
  readonly executionId: string
  readonly run: number

  constructor(message: string, code: string, { executionId, run, cause }: EndedExecution) {
    super(message, { code, cause })
    this.executionId = executionId
    this.run = run
  }
}

/** The workflow threw; `cause` is what it threw. */
export class WorkflowFailedError extends WorkflowEndedError {
  static override readonly errorName: string = 'WorkflowFailedError'

  constructor(message: string, ended: EndedExecution) {
    super(message, 'workflow_failed', ended)
  }

  static override is(value: unknown): value is WorkflowFailedError {
    return isNamed(value, WorkflowFailedError.errorName)
  }
}

/** The workflow ended because it was cancelled. */
export class WorkflowCancelledError extends WorkflowEndedError {
  static override readonly errorName: string = 'WorkflowCancelledError'

  constructor(message: string, ended: EndedExecution) {
    super(message, 'workflow_cancelled', ended)
  }

  static override is(value: unknown): value is WorkflowCancelledError {
    return isNamed(value, WorkflowCancelledError.errorName)
  }
}

/** Somebody terminated the workflow. */
export class WorkflowTerminatedError extends WorkflowEndedError {
  static override readonly errorName: string = 'WorkflowTerminatedError'

  constructor(message: string, ended: EndedExecution) {
    super(message, 'workflow_terminated', ended)
  }

  static override is(value: unknown): value is WorkflowTerminatedError {
    return isNamed(value, WorkflowTerminatedError.errorName)
  }
}

/** The workflow ran into its own timeout. */
export class WorkflowTimedOutError extends WorkflowEndedError {
  static override readonly errorName: string = 'WorkflowTimedOutError'

  constructor(message: string, ended: EndedExecution) {
    super(message, 'workflow_timed_out', ended)
  }

  static override is(value: unknown): value is WorkflowTimedOutError {
    return isNamed(value, WorkflowTimedOutError.errorName)
  }
}
