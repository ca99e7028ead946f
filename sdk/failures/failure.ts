/** Failures are errors that cross the wire: of tasks to workflows, of workflows to clients. */
import { isNamed, PerdureError } from './perdure-error.ts'

export interface FailureOptions {
  /** The author's name for it; the class name if absent. */
  type?: string
  /** Any value that can be sent. */
  details?: unknown
  cause?: unknown
}

/** What all failures have: `type`, `message`, `details`, `cause`, and the stack of where they were thrown. */
export class Failure extends PerdureError {
  static override readonly errorName: string = 'Failure'
  readonly type: string
  readonly details: unknown

  constructor(message: string, options: FailureOptions & { code: string }) {
    super(message, options)
    this.type = options.type ?? new.target.name
    this.details = options.details
  }

  static override is(value: unknown): value is Failure {
    return isNamed(value, Failure.errorName)
  }
}

/** A failure that stands for another one was thrown where that one was: its stack leads there. */
export function thrownWhere(failure: Failure, cause: unknown): void {
  const stack = cause instanceof Error && typeof cause.stack === 'string' ? cause.stack : ''
  const frames = stack.search(/^\s+at /m)
  if (frames === -1) return
  const value = `${failure.name}: ${failure.message}\n${stack.slice(frames)}`
  Object.defineProperty(failure, 'stack', { value, configurable: true, writable: true })
}
