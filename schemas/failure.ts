import { z } from 'zod'
import { durationMs, type Json, payload } from './values.ts'

/** What a failure looks like wherever it is stored or sent. `type` is the author's, or one of `ownFailureTypes`. */
export interface Failure {
  type: string
  message: string
  details?: Json | undefined
  stack?: string | undefined
  nonRetryable?: boolean | undefined
  retryAfterMs?: number | undefined
  cause?: Failure | undefined
}

export const failure: z.ZodType<Failure> = z.strictObject({
  type: z.string().min(1).max(200),
  message: z.string(),
  details: payload.optional(),
  stack: z.string().optional(),
  nonRetryable: z.boolean().optional(),
  retryAfterMs: durationMs.optional(),
  get cause() {
    return failure.optional()
  },
})

/** Failure types that Perdure itself gives. Of a signal or cancellation that could not be delivered it is the error code. */
export const ownFailureTypes = ['TIMEOUT', 'CANCELLED', 'TERMINATED', 'WORKER_LOST', 'DETERMINISM', 'ALREADY_EXISTS'] as const
