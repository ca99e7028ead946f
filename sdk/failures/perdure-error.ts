/** The base of every error that Perdure throws. */

/** @see PerdureError.errorName */
interface Named {
  errorName?: unknown
}

/**
 * Base of all errors of this package. `code` is stable: the wire's error code for answers of the service, else the
 * name of the error in lower case.
 *
 * ```ts
 * try { await client.start(album, input) }
 * catch (error) { if (PerdureError.is(error) && error.code === 'already_exists') … }
 * ```
 */
export class PerdureError extends Error {
  /** Compared by `is`, so that errors of another copy of this package are known too. */
  static readonly errorName: string = 'PerdureError'
  readonly code: string

  constructor(message: string, options: { code: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
  }

  /** Whether `value` is an error of this class. */
  static is(value: unknown): value is PerdureError {
    return isNamed(value, PerdureError.errorName)
  }
}

/** Whether `value` is of the class with this `errorName`, or of one derived from it. */
export function isNamed(value: unknown, errorName: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  for (let prototype = Object.getPrototypeOf(value); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const named: Named | undefined = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined
    if (named && Object.hasOwn(named, 'errorName') && named.errorName === errorName) return true
  }
  return false
}
