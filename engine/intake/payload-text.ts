/**
 * Authors' values on their way in: from here on they are JSON text. Collects the first refusal, so that a request with
 * many values is converted in one go and refused with the path and the size of the value that is too large.
 */

import type { Refusal } from '../../schemas/errors.ts'
import type { Failure } from '../../schemas/failure.ts'
import type { Json } from '../../schemas/values.ts'
import type { ReportedFailure } from '../execution/commands.ts'

const encoder = new TextEncoder()

/** Deeper values are legal JSON, but would overflow the stack of whoever decodes them. */
const nestingLevels = 1_000

export class PayloadText {
  /** The first value that cannot be taken. */
  refusal: Refusal | null = null
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  of(value: Json | Failure, path: string): string {
    const flaw = flawOf(value, nestingLevels)
    if (flaw !== undefined) {
      this.#refuse('invalid_request', path, flaw)
      return 'null'
    }
    const text = JSON.stringify(value)
    const bytes = utf8Length(text, this.#limit)
    if (bytes > this.#limit) {
      this.#refuse('payload_too_large', path, `has ${bytes} bytes as JSON; at most ${this.#limit} are taken`)
      return 'null'
    }
    return text
  }

  /** `{ [field]: text }`, or nothing when there is no value. */
  field<Name extends string>(name: Name, value: Json | undefined, path: string): { [key in Name]?: string } {
    return value === undefined ? {} : ({ [name]: this.of(value, path) } as { [key in Name]: string })
  }

  failure(failure: Failure, path: string): ReportedFailure {
    return {
      type: failure.type,
      message: failure.message,
      ...(failure.nonRetryable !== undefined && { nonRetryable: failure.nonRetryable }),
      ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
      text: this.of(failure, path),
    }
  }

  #refuse(code: 'invalid_request' | 'payload_too_large', path: string, message: string): void {
    this.refusal ??= { code, message: `${path} ${message}`, errors: [{ path, message }] }
  }
}

/** Why it would not come out as it went in, or undefined. */
function flawOf(value: unknown, levels: number): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'has a number that is too large for a double'
  if (typeof value !== 'object' || value === null) return undefined
  if (levels === 0) return `is nested deeper than ${nestingLevels} levels`
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    const flaw = flawOf(child, levels - 1)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/** Counts only when the number of UTF-16 units leaves it open. */
function utf8Length(text: string, limit: number): number {
  return text.length * 3 <= limit ? text.length : encoder.encode(text).length
}
