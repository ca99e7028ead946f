/** Refusals on the wire: RFC 9457 documents, their status from the one table in `schemas/errors.ts`. */
import type { Context, TypedResponse } from 'hono'
import { errorTable, type Problem, type Refusal } from '../schemas/errors.ts'
import type { AppEnv } from './app-env.ts'

/** Declared answers are typed by route; a problem may answer any of them. */
export type Refused = Response & TypedResponse<never, never, 'json'>

const retryAfterSeconds = '1'

export function refuse<E extends AppEnv>(c: Context<E>, refusal: Refusal, headers: Record<string, string> = {}): Refused {
  const { status, retry, title } = errorTable[refusal.code]
  const errors = refusal.errors ?? (refusal.code === 'invalid_request' ? [placed(refusal.message)] : undefined)
  const problem: Problem = {
    type: `urn:perdure:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    requestId: c.get('requestId'),
    ...(errors && { errors }),
  }
  const response = new Response(JSON.stringify(problem), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retry && { 'Retry-After': retryAfterSeconds }),
      ...(refusal.code === 'unauthenticated' && { 'WWW-Authenticate': 'Bearer' }),
      ...headers,
    },
  })
  return response as Refused
}

/** The rules write `path: what is wrong`, where it is wrong in one place. */
function placed(said: string): { path: string; message: string } {
  const [, path = '', message = said] = /^([\w.[\]-]+): (.+)$/s.exec(said) ?? []
  return { path, message }
}
