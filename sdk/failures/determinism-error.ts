/** When workflow code and its log cannot both be right. */
import { isNamed, PerdureError } from './perdure-error.ts'

export interface Mismatch {
  /** Counts from 1, as in the ids: 3 for `task-3`. */
  index: number
  /** What the log has. */
  expected: string
  /** What the code did. */
  actual: string
  /** The line of the author's code, where it is known. */
  location?: string
  /** The likely cause. */
  hint?: string
}

/**
 * The code of a workflow does not do what its log says it did. Author code never sees this error: the run waits,
 * unharmed, for code that fits.
 */
export class DeterminismError extends PerdureError {
  static override readonly errorName: string = 'DeterminismError'
  readonly index: number
  readonly expected: string
  readonly actual: string
  readonly location: string | undefined
  readonly hint: string | undefined

  /** `message`: in place of the one that says all that was found. */
  constructor({ index, expected, actual, location, hint }: Mismatch, message?: string) {
    const where = location === undefined ? '' : ` at ${location}`
    const why = hint === undefined ? '' : `. ${hint}`
    const found = `call ${index}: the log has ${expected}, the code asks for ${actual}${where}${why}`
    super(message ?? found, { code: 'determinism' })
    this.index = index
    this.expected = expected
    this.actual = actual
    this.location = location
    this.hint = hint
  }

  /** What was found, as plain data. */
  get mismatch(): Mismatch {
    const { index, expected, actual, location, hint } = this
    return { index, expected, actual, ...(location !== undefined && { location }), ...(hint !== undefined && { hint }) }
  }

  static override is(value: unknown): value is DeterminismError {
    return isNamed(value, DeterminismError.errorName)
  }
}

/** Workflow code did, or waits for, something that is not durable: the activation fails, and says what it was. */
export class StrayCallError extends PerdureError {
  static override readonly errorName: string = 'StrayCallError'

  constructor(message: string) {
    super(message, { code: 'stray_call' })
  }

  static override is(value: unknown): value is StrayCallError {
    return isNamed(value, StrayCallError.errorName)
  }
}
