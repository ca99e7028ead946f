/** How an execution ended, as a value or as the error that says why there is none. */
import { type ExecutionResult, executionResult } from '../../schemas/executions.ts'
import type { Failure } from '../../schemas/failure.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { fromWire } from '../failures/wire.ts'
import {
  type EndedExecution,
  WorkflowCancelledError,
  WorkflowFailedError,
  WorkflowTerminatedError,
  WorkflowTimedOutError,
} from '../failures/workflow-errors.ts'
import { answeredFailure } from '../http/answer.ts'
import { decode } from '../values/decode.ts'

export const answeredResult = executionResult.extend({ failure: answeredFailure.optional() })

/** @throws WorkflowFailedError and its likes, with their cause */
export function outputOf(executionId: string, result: ExecutionResult): unknown {
  const { run, status, failure } = result
  const ended: EndedExecution = { executionId, run, ...(failure !== undefined && { cause: fromWire(failure) }) }
  const why = explain(failure)
  switch (status) {
    case 'COMPLETED':
      return decode(result.output, 'output')
    case 'FAILED':
      throw new WorkflowFailedError(`${executionId} failed${why}`, ended)
    case 'CANCELLED':
      throw new WorkflowCancelledError(`${executionId} was cancelled${why}`, ended)
    case 'TERMINATED':
      throw new WorkflowTerminatedError(`${executionId} was terminated${why}`, ended)
    case 'TIMED_OUT':
      throw new WorkflowTimedOutError(`${executionId} ran into its timeout`, ended)
    case 'CONTINUED_AS_NEW':
    case 'PAUSED':
    case 'CANCELLING':
    case 'RUNNING':
    case 'PENDING':
    case 'WAITING':
      throw new PerdureError(`${executionId} is ${status}, it has no result yet`, { code: 'internal' })
  }
}

const explain = (failure: Failure | undefined): string => (failure === undefined ? '' : `: ${failure.message}`)
