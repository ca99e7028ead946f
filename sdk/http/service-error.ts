/** Answers of the service that are not what was asked for. */
import { errorTable, isErrorCode, problem } from '../../schemas/errors.ts'
import { isNamed, PerdureError } from '../failures/perdure-error.ts'
import type { Answered } from './exchange.ts'

interface Refused {
  code: string
  status: number
  errors?: readonly { path: string; message: string }[]
  requestId?: string
  retryAfterMs?: number
}

/** The service refused; `code` is the wire's, `errors` say what is wrong with a request, by path. */
export class ServiceError extends PerdureError {
  static override readonly errorName: string = 'ServiceError'
  readonly status: number
  readonly errors: readonly { path: string; message: string }[]
  /** By which the operators of the service find it in their logs. */
  readonly requestId: string | undefined
  /** Milliseconds until it is worth trying again, where the service says so. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: Refused) {
    super(message, options)
    this.status = options.status
    this.errors = options.errors ?? []
    this.requestId = options.requestId
    this.retryAfterMs = options.retryAfterMs
  }

  /** Whether the same request may be sent again. */
  get mayBeRetried(): boolean {
    return isErrorCode(this.code) ? errorTable[this.code].retry : this.status === 429 || this.status === 503
  }

  static override is(value: unknown): value is ServiceError {
    return isNamed(value, ServiceError.errorName)
  }
}

/** The service could not be reached, or did not answer. */
export class NetworkError extends PerdureError {
  static override readonly errorName: string = 'NetworkError'

  constructor(message: string, cause: unknown) {
    super(message, { code: 'network', cause })
  }

  static override is(value: unknown): value is NetworkError {
    return isNamed(value, NetworkError.errorName)
  }
}

export function readServiceError({ status, text, retryAfter }: Answered): ServiceError {
  const seconds = Number(retryAfter ?? Number.NaN)
  const retry = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}
  const parsed = problem.safeParse(parseJson(text))
  if (!parsed.success)
    return new ServiceError(`the service answered ${status}: ${text.slice(0, 200)}`, { code: 'http', status, ...retry })
  const { code, detail, errors, requestId } = parsed.data
  // The detail has the first of them already.
  const more = (errors ?? []).filter(({ message }) => !detail.includes(message))
  const why = more.map(({ path, message }) => `; ${path === '' ? message : `${path}: ${message}`}`).join('')
  const where = requestId === undefined ? '' : ` (request ${requestId})`
  return new ServiceError(`${detail}${why}${where}`, {
    code,
    status,
    ...retry,
    ...(errors !== undefined && { errors }),
    ...(requestId !== undefined && { requestId }),
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
