/**
 * Proof that work was given: `attempt.mac`, the mac an HMAC-SHA-256 (RFC 2104) of run, work and attempt with the
 * execution's secret. Verified without a row, after any restart.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** All activations of a run share one count of attempts, so they share the name. */
const workName = (id: string): string => (id.startsWith('task-') ? id : 'activation')

function mac(secret: string, run: number, id: string, attempt: number): Buffer {
  return createHmac('sha256', secret)
    .update(`${run}/${workName(id)}/${attempt}`)
    .digest()
    .subarray(0, 16)
}

export const signToken = (secret: string, run: number, id: string, attempt: number): string =>
  `${attempt}.${mac(secret, run, id, attempt).toString('base64url')}`

/** The attempt that the token is for, or 0 when it is not one of ours. */
export function attemptOf(secret: string, run: number, id: string, token: string): number {
  const dot = token.indexOf('.')
  const attempt = Number(token.slice(0, dot))
  const given = Buffer.from(token.slice(dot + 1), 'base64url')
  const expected = mac(secret, run, id, attempt)
  return given.length === expected.length && timingSafeEqual(given, expected) ? attempt : 0
}
