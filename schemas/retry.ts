/** How a task is tried: its retry policy, its timeouts, its place in the queue. */
import { z } from 'zod'
import { durationMs } from './values.ts'

export const retryPolicy = z.strictObject({
  initialIntervalMs: durationMs.optional(),
  backoffCoefficient: z.number().min(1).max(1_000).optional(),
  maximumIntervalMs: durationMs.optional(),
  /** 0 is without end. */
  maximumAttempts: z.number().int().min(0).max(1_000_000_000).optional(),
  /** Failure types that end the task at once. */
  nonRetryable: z.array(z.string().min(1).max(200)).max(100).optional(),
})
export type RetryPolicy = z.infer<typeof retryPolicy>

export const retryDefaults = {
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  maximumIntervalMs: 100_000,
  maximumAttempts: 10,
  nonRetryable: [],
} as const

export const timeouts = z.strictObject({
  startToCloseMs: durationMs.min(1).optional(),
  scheduleToStartMs: durationMs.min(1).optional(),
  scheduleToCloseMs: durationMs.min(1).optional(),
  heartbeatMs: durationMs.min(1).optional(),
})
export type Timeouts = z.infer<typeof timeouts>

/** Higher goes first. */
export const priority = z.number().int().min(-1_000).max(1_000)
