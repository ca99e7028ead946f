/** Trying again: only what may be, with jitter, no faster than the service wants. */
import { NetworkError, ServiceError } from './service-error.ts'

export interface RetryLimits {
  firstMs: number
  longestMs: number
  /** Since the first failure; the last error is thrown when the next attempt would be later. Absent: without end. */
  giveUpAfterMs?: number
  signal?: AbortSignal
}

export const mayBeRetried = (error: unknown): boolean => NetworkError.is(error) || (ServiceError.is(error) && error.mayBeRetried)

/**
 * @throws the last error when it may not be retried or time is up; the signal's reason when aborted
 */
export async function retrying<Value>(
  attempt: () => Promise<Value>,
  limits: RetryLimits,
  isRetryable: (error: unknown) => boolean = mayBeRetried,
): Promise<Value> {
  let failedSince: number | undefined
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (limits.signal?.aborted || !isRetryable(error)) throw error
      const now = performance.now()
      failedSince ??= now
      // Those who are told the same time do not come back at the same time.
      const asked = ServiceError.is(error) ? Math.max(0, error.retryAfterMs ?? 0) : 0
      const wait = asked + jittered(limits, failures)
      if (limits.giveUpAfterMs !== undefined && now + wait - failedSince >= limits.giveUpAfterMs) throw error
      await pause(wait, limits.signal)
    }
  }
}

/** From half of the back-off to all of it. */
export const jittered = ({ firstMs, longestMs }: Pick<RetryLimits, 'firstMs' | 'longestMs'>, failures: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20)) * (0.5 + Math.random() / 2)

/** @throws the signal's reason when it aborts first */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
