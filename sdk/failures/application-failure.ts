/** What authors throw. */
import { type Duration, milliseconds } from '../definition/duration.ts'
import { Failure } from './failure.ts'
import { isNamed } from './perdure-error.ts'

export interface ApplicationFailureOptions {
  /** A name for this kind of failure, as in a retry policy's `nonRetryable`; the class name if absent. */
  type?: string
  /** Trying again would not help. */
  nonRetryable?: boolean
  /** Any value that can be sent. */
  details?: unknown
  /** When to try again, in place of the retry policy's back-off. */
  retryAfter?: Duration
  cause?: unknown
}

/**
 * A failure of the author's own.
 *
 * ```ts
 * throw new ApplicationFailure('the card was declined', { type: 'Declined', nonRetryable: true, details: { code: 51 } })
 * ```
 */
export class ApplicationFailure extends Failure {
  static override readonly errorName: string = 'ApplicationFailure'
  readonly nonRetryable: boolean
  /** Milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: ApplicationFailureOptions = {}) {
    super(message, { ...options, type: options.type ?? new.target.name, code: 'application_failure' })
    this.nonRetryable = options.nonRetryable ?? false
    this.retryAfterMs = options.retryAfter === undefined ? undefined : milliseconds(options.retryAfter)
  }

  static override is(value: unknown): value is ApplicationFailure {
    return isNamed(value, ApplicationFailure.errorName)
  }
}
