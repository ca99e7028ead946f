/** One organisation of a service, over HTTP: requests as JSON, refusals as errors, nothing sent twice. */
import { PerdureError } from '../failures/perdure-error.ts'
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
}

export interface ServiceAnswer {
  status: number
  body: unknown
}

/** Taken when this module loads, before globals are wrapped. */
const environment: Record<string, string | undefined> = globalThis.process?.env ?? {}

export class Service {
  readonly #base: string
  readonly apiKey: string

  constructor(options: ServiceOptions) {
    const url = options.url ?? environment['PERDURE_URL'] ?? 'http://127.0.0.1:8787'
    const org = options.org ?? environment['PERDURE_ORG'] ?? 'default'
    const apiKey = options.apiKey ?? environment['PERDURE_API_KEY']
    if (!apiKey) throw new PerdureError('apiKey is missing: give it, or set PERDURE_API_KEY', { code: 'configuration' })
    if (!URL.canParse(url)) throw new PerdureError(`url: ${JSON.stringify(url)} is not a URL`, { code: 'configuration' })
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
  async send({ method, path, body, headers = {}, signal, timeoutMs = 30_000 }: ServiceRequest): Promise<ServiceAnswer> {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(this.httpUrl(path), {
        method,
        headers: {
          ...headers,
          Authorization: `Bearer ${this.apiKey}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      if (!response.ok) throw await readServiceError(response)
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (PerdureError.is(error)) throw error
      throw new NetworkError(`${method} ${path} was not answered: ${reasonOf(error)}`, error)
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
