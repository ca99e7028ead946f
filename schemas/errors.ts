/** Errors on the wire: RFC 9457 problem documents with a stable code. One table says status and "may be retried". */
import { z } from 'zod'

export const errorTable = {
  invalid_request: { status: 400, retry: false, title: 'The request is not valid' },
  unauthenticated: { status: 401, retry: false, title: 'No valid key was given' },
  forbidden: { status: 403, retry: false, title: 'The key may not do this' },
  not_found: { status: 404, retry: false, title: 'There is no such thing' },
  no_handler: { status: 404, retry: false, title: 'Nothing handles this name' },
  method_not_allowed: { status: 405, retry: false, title: 'The method is not allowed here' },
  already_exists: { status: 409, retry: false, title: 'It exists already' },
  not_closed: { status: 409, retry: false, title: 'The execution is still open' },
  already_closed: { status: 409, retry: false, title: 'The execution is closed' },
  stale_attempt: { status: 409, retry: false, title: 'The attempt is not the open one' },
  superseded: { status: 409, retry: false, title: 'Newer events must be seen first' },
  idempotency_conflict: { status: 409, retry: false, title: 'The idempotency key was used with another body' },
  payload_too_large: { status: 413, retry: false, title: 'The request is too large' },
  unsupported_media_type: { status: 415, retry: false, title: 'The body must be application/json' },
  query_failed: { status: 422, retry: false, title: 'The query failed' },
  update_rejected: { status: 422, retry: false, title: 'The update was rejected' },
  rate_limited: { status: 429, retry: true, title: 'Too many requests' },
  internal: { status: 500, retry: false, title: 'Something broke' },
  overloaded: { status: 503, retry: true, title: 'The service is overloaded' },
  no_worker: { status: 503, retry: true, title: 'No worker can take this' },
  timed_out: { status: 504, retry: false, title: 'It took too long' },
} as const satisfies Record<string, { status: number; retry: boolean; title: string }>

export type ErrorCode = keyof typeof errorTable

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code)

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string().optional(),
  errors: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        /** Where in the text that was sent, when it is a flow. */
        line: z.number().int().optional(),
        column: z.number().int().optional(),
      }),
    )
    .optional(),
})
export type Problem = z.infer<typeof problem>

/** A refusal: an expected "no", carried as a value through the engine and over RPC. */
export interface Refusal {
  code: ErrorCode
  message: string
  errors?: { path: string; message: string; line?: number; column?: number }[]
}
