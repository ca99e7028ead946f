/**
 * Hashes of the keys that this isolate has found to be good: a busy worker gives the same key with every request. Guesses
 * are hashed each time, and kept nowhere.
 */
import { hex, sha256 } from './digest.ts'

const capacity = 1_000
const known = new Map<string, string>()

export const keyHash = (key: string): string => known.get(key) ?? hex(sha256(key))

/** Only of a key that was found to be good. */
export function keepHash(key: string, hash: string): void {
  if (known.has(key)) return
  known.set(key, hash)
  const [oldest] = known.keys()
  if (known.size > capacity && oldest !== undefined) known.delete(oldest)
}
