/** An input that its schema refuses. */
import { ApplicationFailure } from './application-failure.ts'
import { isNamed } from './perdure-error.ts'

/** One thing that is wrong with an input, and where. */
export interface InputProblem {
  /** As `items[2].name`; empty for the input itself. */
  path: string
  message: string
}

/** The input of a workflow or task does not fit its schema; `details` are the problems, with paths. Not retried. */
export class InvalidInput extends ApplicationFailure {
  static override readonly errorName: string = 'InvalidInput'
  readonly problems: readonly InputProblem[]

  constructor(message: string, problems: readonly InputProblem[]) {
    super(message, { type: 'InvalidInput', nonRetryable: true, details: problems })
    this.problems = problems
  }

  static override is(value: unknown): value is InvalidInput {
    return isNamed(value, InvalidInput.errorName)
  }
}
