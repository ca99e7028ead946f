/**
 * What was not expected: answered without internals, and written to the platform's log under the request's id.
 */
import { HTTPException } from 'hono/http-exception'
import type { Refusal } from '../schemas/errors.ts'
import type { AppContext } from './app-env.ts'
import { type Refused, refuse } from './problem.ts'

/** What the platform says of an object that is overloaded or was just moved: the caller may try again. */
const temporary = (error: Error): boolean =>
  ('overloaded' in error && error.overloaded === true) || ('retryable' in error && error.retryable === true)

export function faultOf(error: unknown, requestId: string): Refusal {
  if (error instanceof HTTPException) {
    if (error.status === 415) return { code: 'unsupported_media_type', message: 'the body must be application/json' }
    return { code: 'invalid_request', message: error.message, errors: [{ path: '', message: error.message }] }
  }
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return { code: 'invalid_request', message: 'the body is nested too deeply' }
  }
  if (error instanceof Error && error.message.startsWith('Serialized RPC arguments')) {
    return {
      code: 'payload_too_large',
      message: 'the request is too large for its execution: 32 MiB, two bytes a character where not all are Latin-1',
    }
  }
  if (error instanceof Error && temporary(error)) {
    return { code: 'overloaded', message: 'the execution or queue is overloaded or moving; try again' }
  }
  // biome-ignore lint/suspicious/noConsole: the platform's log is the only place for this
  console.error(JSON.stringify({ requestId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
  return { code: 'internal', message: `the service failed; its log has request ${requestId}` }
}

export const answerFault = (error: Error, c: AppContext): Refused => refuse(c, faultOf(error, c.get('requestId')))
