/** One organisation of a service, over HTTP: requests as JSON, refusals as errors, nothing sent twice. */

import { orgName } from '../../schemas/identity.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { unlessSilent } from './event-stream.ts'
import { bestExchange, type Exchange } from './exchange.ts'
import { NetworkError, readServiceError } from './service-error.ts'

export interface ServiceOptions {
  /** Where the service is, as `http://127.0.0.1:8787`; or `PERDURE_URL`. */
  url?: string
  /** The organisation; or `PERDURE_ORG`, or `default`. */
  org?: string
  /** `pd_…`; or `PERDURE_API_KEY`. */
  apiKey?: string
}

export interface ServiceRequest {
  method: 'GET' | 'POST'
  /** Below the organisation, beginning with `/`. */
  path: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
  /** No answer by then counts as a broken connection; 30 s. */
  timeoutMs?: number
  /** The answer's body is a stream of bytes, read as it comes; the signal ends it. */
  isStream?: boolean
}

export interface ServiceAnswer {
  status: number
  body: unknown
}

/** Taken when this module loads, before globals are wrapped. */
const environment: Record<string, string | undefined> = globalThis.process?.env ?? {}

export class Service {
  readonly #base: string
  readonly #exchange: Exchange = bestExchange()
  readonly apiKey: string

  constructor(options: ServiceOptions) {
    const url = options.url ?? environment['PERDURE_URL'] ?? 'http://127.0.0.1:8787'
    const org = options.org ?? environment['PERDURE_ORG'] ?? 'default'
    const apiKey = options.apiKey ?? environment['PERDURE_API_KEY']
    if (!apiKey) throw misconfigured('apiKey is missing: give it, or set PERDURE_API_KEY')
    if (!/^[\x21-\x7e]+$/.test(apiKey)) throw misconfigured('apiKey has characters that no key has')
    if (!isHttp(url)) throw misconfigured(`url: ${JSON.stringify(url)} is not an http or https URL`)
    if (!orgName.safeParse(org).success) throw misconfigured(`org: ${JSON.stringify(org)} is not the name of an organisation`)
    this.apiKey = apiKey
    this.#base = `${url.replace(/\/+$/, '')}/api/orgs/${encodeURIComponent(org)}`
  }

  httpUrl(path: string): string {
    return `${this.#base}${path}`
  }

  socketUrl(path: string): string {
    return this.httpUrl(path).replace(/^http/, 'ws')
  }

  /** @throws ServiceError when the service refuses, NetworkError when it cannot be reached; the signal's reason when aborted */
  async send(request: ServiceRequest): Promise<ServiceAnswer> {
    if (request.isStream) return this.#open(request)
    const { method, path, body, headers = {}, signal, timeoutMs = 30_000 } = request
    const limit = new TimeLimit(timeoutMs, signal)
    const init = {
      method,
      headers: {
        ...headers,
        Authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      signal: limit.signal,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }
    const { status, text, retryAfter } = await this.#exchange(this.httpUrl(path), init)
      .catch((error: unknown) => {
        if (signal?.aborted) throw signal.reason
        throw new NetworkError(`${method} ${this.httpUrl(path)} was not answered: ${reasonOf(error)}`, error)
      })
      .finally(() => limit.end())
    if (!isOk(status)) throw readServiceError({ status, text, retryAfter })
    return { status, body: text === '' ? undefined : readJson(text, `${method} ${this.httpUrl(path)}`) }
  }

  async #open({ method, path, headers = {}, signal, timeoutMs = 30_000 }: ServiceRequest): Promise<ServiceAnswer> {
    const limit = new TimeLimit(timeoutMs)
    const signals = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal])
    const init = { method, headers: { ...headers, Authorization: `Bearer ${this.apiKey}` }, signal: signals }
    const response = await fetch(this.httpUrl(path), init)
      .catch((error: unknown) => {
        if (signal?.aborted) throw signal.reason
        throw new NetworkError(`${method} ${this.httpUrl(path)} was not answered: ${reasonOf(error)}`, error)
      })
      .finally(() => limit.end())
    const { status } = response
    if (!isOk(status)) {
      throw readServiceError({ status, text: await response.text(), retryAfter: response.headers.get('Retry-After') })
    }
    if (response.body === null) throw new NetworkError(`${method} ${this.httpUrl(path)} was answered without a body`, undefined)
    return { status, body: unlessSilent(response.body) }
  }
}

const isOk = (status: number): boolean => status >= 200 && status < 300

/**
 * Aborts when time is up or `outer` aborts. Nothing of it outlives the request, unlike `AbortSignal.timeout` and `any`,
 * of which a busy worker would hold thousands.
 */
class TimeLimit {
  readonly #controller = new AbortController()
  readonly #timer: ReturnType<typeof setTimeout>
  readonly #outer: AbortSignal | undefined
  readonly #abort = (): void => this.#controller.abort(this.#outer?.reason)

  constructor(ms: number, outer?: AbortSignal) {
    this.#outer = outer
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`no answer within ${ms} ms`)), ms)
    if (outer?.aborted) this.#abort()
    else outer?.addEventListener('abort', this.#abort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#abort)
  }
}

const misconfigured = (message: string): PerdureError => new PerdureError(message, { code: 'configuration' })

/** Text such as `localhost:8787` is a URL too, of the scheme `localhost`. */
const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

function readJson(text: string, request: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PerdureError(`${request} was answered with something that is not JSON: ${text.slice(0, 200)}`, {
      code: 'invalid_answer',
      cause,
    })
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
