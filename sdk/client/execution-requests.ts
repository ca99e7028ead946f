/**
 * Requests about one execution. Those that change it carry something by which a repeat is known, an idempotency key or
 * a signal's id, so that sending one again after a lost answer changes nothing.
 */
import { name as anyName, executionId } from '../../schemas/identity.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import type { ServiceRequest } from '../http/service.ts'

/** Sends with retries. */
export type Send = (request: ServiceRequest) => Promise<{ status: number; body: unknown }>

export class ExecutionRequests {
  readonly id: string
  readonly send: Send
  /** Below the organisation. */
  readonly path: string

  /** @throws PerdureError `invalid_request` when no execution can have this id */
  constructor(send: Send, id: string) {
    const problem = executionId.safeParse(id).error?.issues[0]
    if (problem) throw refused(`${JSON.stringify(id)} is not an execution id: ${problem.message}`)
    this.send = send
    this.id = id
    this.path = `/workflow-executions/${encodeURIComponent(id)}`
  }

  get(rest: string, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
    return this.send({ method: 'GET', path: `${this.path}${rest}`, ...options })
  }

  /** A change under a key of its own. */
  change(action: string, body: object) {
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    return this.send({ method: 'POST', path: `${this.path}/${action}`, body, headers })
  }

  /** A change whose body says which one it is. */
  changeOnce(action: string, body: object) {
    return this.send({ method: 'POST', path: `${this.path}/${action}`, body })
  }
}

export const reasoned = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason })

/**
 * A name as a part of a path.
 *
 * @throws PerdureError `invalid_request` for what is no name, and for `.` and `..`, which no URL can carry
 */
export function nameInPath(name: string, what: string): string {
  const problem = anyName.safeParse(name).error?.issues[0]?.message
  if (problem !== undefined) throw refused(`${JSON.stringify(name)} is not the name of a ${what}: ${problem}`)
  if (name === '.' || name === '..') throw refused(`a ${what} of the name ${JSON.stringify(name)} cannot be addressed in a URL`)
  return encodeURIComponent(name)
}

const refused = (message: string): PerdureError => new PerdureError(message, { code: 'invalid_request' })
