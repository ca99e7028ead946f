/** Makes keys. They are shown once: only their hash is stored. */
import type { Role } from '../../schemas/organisation.ts'
import { base64url, hex, hmacSha256, sha256 } from './digest.ts'

const random = (bytes: number): string => base64url(crypto.getRandomValues(new Uint8Array(bytes)))

export const newKeyId = (): string => `key-${random(12)}`

export const newKey = (role: Role): string => `pd_${role}_${random(32)}`

/**
 * A key that can be made again: what was asked for under an Idempotency-Key must be answered the same for a day, without
 * the key being stored.
 */
export async function derivedKey(rootKey: string, org: string, keyId: string, role: Role): Promise<string> {
  return `pd_${role}_${base64url(await hmacSha256(rootKey, `perdure/key/${org}/${keyId}/${role}`))}`
}

export const hashKey = (key: string): string => hex(sha256(key))
