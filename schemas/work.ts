/** Work as a worker receives it, pushed over its socket, polled, or carried in a reply. */
import { z } from 'zod'
import { headers, historyEvent } from './events.ts'
import { activationId, attempt, executionId, kind, queueName, run, sequence, taskId, token } from './identity.ts'
import { priority } from './retry.ts'
import { durationMs, instant, payload } from './values.ts'

export const runInfo = z.object({
  queue: queueName,
  startedAt: instant,
  historyLength: z.number().int(),
  continueAsNewSuggested: z.boolean(),
})

export const activation = z.object({
  executionId,
  run,
  kind,
  activationId,
  token,
  activationAt: instant,
  snapshotSequence: sequence,
  /** `events` are those after this sequence; 0 is the whole log. */
  from: sequence,
  events: z.array(historyEvent),
  /** The rest up to `snapshotSequence` is paged from `/events`. */
  more: z.boolean().optional(),
  updates: z.array(z.unknown()),
  info: runInfo,
})
export type Activation = z.infer<typeof activation>

export const taskWork = z.object({
  executionId,
  run,
  /** Tells the run from one of an execution that had the id before and was deleted. */
  runStartedAt: instant.optional(),
  taskId,
  kind,
  input: payload.optional(),
  attempt,
  token,
  deadlineAt: instant.optional(),
  heartbeatMs: durationMs.optional(),
  lastHeartbeat: payload.optional(),
  priority,
  headers: headers.optional(),
})
export type TaskWork = z.infer<typeof taskWork>
