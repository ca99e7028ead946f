/** When a failed attempt is followed by the next: exponential back-off with a cap, and jitter that replays. */
import { type RetryPolicy, retryDefaults } from '../../schemas/retry.ts'
import type { FullRetryPolicy } from './state.ts'

export const fullRetryPolicy = (policy: RetryPolicy | undefined): FullRetryPolicy => ({
  initialIntervalMs: policy?.initialIntervalMs ?? retryDefaults.initialIntervalMs,
  backoffCoefficient: policy?.backoffCoefficient ?? retryDefaults.backoffCoefficient,
  maximumIntervalMs: policy?.maximumIntervalMs ?? retryDefaults.maximumIntervalMs,
  maximumAttempts: policy?.maximumAttempts ?? retryDefaults.maximumAttempts,
  nonRetryable: policy?.nonRetryable ?? retryDefaults.nonRetryable,
})

/** Milliseconds between the end of `attempt` (from 1) and the next one, ± 10 % by a hash of `seed`. */
export function retryDelayMs(policy: FullRetryPolicy, attempt: number, seed: string): number {
  // Math.min before the product: 2 ** 1,100 is Infinity, and Infinity times 0 would be NaN.
  const growth = Math.min(policy.backoffCoefficient ** (attempt - 1), Number.MAX_SAFE_INTEGER)
  const base = Math.min(policy.initialIntervalMs * growth, policy.maximumIntervalMs)
  return Math.round(base * (0.9 + 0.2 * fraction(seed)))
}

/** FNV-1a, 32 bit (Fowler, Noll, Vo; RFC 9923), with the finalizer of MurmurHash3, as a number in [0, 1). */
function fraction(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
