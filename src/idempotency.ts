/** What the Idempotency-Key header means: the same key with the same request is the same request. */
import type { Idempotency } from '../durable/ports.ts'
import { base64url, hex, sha256 } from './auth/digest.ts'

/** A validated body has its fields in the order of its schema, so equal requests have equal hashes. */
export const bodyHash = (body: object): string => hex(sha256(JSON.stringify(body)))

/** The id of an execution that was started with a key instead of an id. */
export const executionIdOf = (org: string, key: string): string => `idem-${base64url(sha256(`${org}\n${key}`))}`

/** The id of a signal that was sent with a key instead of an id. An execution has its own. */
export const signalIdOf = (key: string): string => `idem-${base64url(sha256(key))}`

export const idempotencyOf = (key: string | undefined, body: object): { idempotency?: Idempotency } =>
  key === undefined ? {} : { idempotency: { key, bodyHash: bodyHash(body) } }

/** Of a request about an execution, which keeps one set of keys for all that is done to it: `action` says what it is. */
export const actionOf = (key: string | undefined, action: string, body: object): Idempotency | undefined =>
  idempotencyOf(key, { action, body }).idempotency
