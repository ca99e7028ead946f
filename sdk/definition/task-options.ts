/** How a task is tried: said with its definition, and again, field by field, at a call. */
import { z } from 'zod'
import { queueName } from '../../schemas/identity.ts'
import { priority, type RetryPolicy, retryPolicy, type Timeouts, timeouts } from '../../schemas/retry.ts'
import { type Duration, milliseconds } from './duration.ts'
import { checked } from './name.ts'

export interface RetryOptions {
  /** Before the second attempt; 1 s. */
  initialInterval?: Duration
  /** Each wait is so many times the one before; 2. */
  backoffCoefficient?: number
  /** No wait is longer; 100 s. */
  maximumInterval?: Duration
  /** 10; 0 is without end. */
  maximumAttempts?: number
  /** Failure types that are final at once. */
  nonRetryable?: string[]
}

export interface TaskOptions {
  /** The workflow's own queue if absent. */
  queue?: string
  retry?: RetryOptions
  /** Of one attempt, from hand-out to answer; then the next attempt. */
  startToCloseTimeout?: Duration
  /** From when an attempt is due until a worker has it; ends the task. */
  scheduleToStartTimeout?: Duration
  /** Of all attempts together; ends the task. */
  scheduleToCloseTimeout?: Duration
  /** Between two heartbeats; then the next attempt. */
  heartbeatTimeout?: Duration
  /** −1,000 to 1,000, higher first; 0. */
  priority?: number
}

/** Options as the wire has them: only what was said. */
export interface WireTaskOptions {
  queue?: string
  retry?: RetryPolicy
  timeouts?: Timeouts
  priority?: number
}

/** What the call says wins over what the definition says. */
export function wireTaskOptions(defined: TaskOptions, called: TaskOptions): WireTaskOptions {
  const options = { ...defined, ...called }
  const retry = wireRetry({ ...defined.retry, ...called.retry })
  const timeouts = wireTimeouts(options)
  return {
    ...(options.queue !== undefined && { queue: options.queue }),
    ...(Object.keys(retry).length > 0 && { retry }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(options.priority !== undefined && { priority: options.priority }),
  }
}

const wireOptions = z.object({
  queue: queueName.optional(),
  retry: retryPolicy.optional(),
  timeouts: timeouts.optional(),
  priority: priority.optional(),
})

/** @throws InvalidValue that names the option and its limit; RangeError for a duration that is none */
export function checkTaskOptions(options: TaskOptions, root: string): void {
  checked(wireOptions, wireTaskOptions(options, {}), root)
}

const wireRetry = (retry: RetryOptions): RetryPolicy => ({
  ...(retry.initialInterval !== undefined && { initialIntervalMs: milliseconds(retry.initialInterval, 'retry.initialInterval') }),
  ...(retry.backoffCoefficient !== undefined && { backoffCoefficient: retry.backoffCoefficient }),
  ...(retry.maximumInterval !== undefined && { maximumIntervalMs: milliseconds(retry.maximumInterval, 'retry.maximumInterval') }),
  ...(retry.maximumAttempts !== undefined && { maximumAttempts: retry.maximumAttempts }),
  ...(retry.nonRetryable !== undefined && { nonRetryable: retry.nonRetryable }),
})

const wireTimeouts = (options: TaskOptions): Timeouts => ({
  ...(options.startToCloseTimeout !== undefined && {
    startToCloseMs: milliseconds(options.startToCloseTimeout, 'startToCloseTimeout'),
  }),
  ...(options.scheduleToStartTimeout !== undefined && {
    scheduleToStartMs: milliseconds(options.scheduleToStartTimeout, 'scheduleToStartTimeout'),
  }),
  ...(options.scheduleToCloseTimeout !== undefined && {
    scheduleToCloseMs: milliseconds(options.scheduleToCloseTimeout, 'scheduleToCloseTimeout'),
  }),
  ...(options.heartbeatTimeout !== undefined && { heartbeatMs: milliseconds(options.heartbeatTimeout, 'heartbeatTimeout') }),
})
