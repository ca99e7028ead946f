/** The items of a task of a flow, as readers see them. */
import { z } from 'zod'
import { failure } from '../failure.ts'
import { payload } from '../values.ts'

const count = z.number().int().min(0)

/**
 * `parked`: not sent out yet; `dispatched`: looks for a worker; `running`; `retrying`: between two attempts; `waiting`: for
 * a signal or a promise.
 */
export const flowItemStatus = z.enum([
  'parked',
  'dispatched',
  'running',
  'retrying',
  'waiting',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'skipped',
])
export type FlowItemStatus = z.infer<typeof flowItemStatus>

export const flowItem = z.object({
  index: count,
  key: z.string().optional(),
  status: flowItemStatus,
  attempts: count,
  /** Of the task, child or promise; none while it is parked. */
  id: z.string().optional(),
  output: payload.optional(),
  failure: failure.optional(),
})

/** Of the latest visit; `visit` 0 when there was none. `failed` counts what timed out or was cancelled as well. */
export const flowItemPage = z.object({
  task: z.string(),
  visit: count,
  status: z.enum(['pending', 'open', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'unreachable']),
  counters: z.object({
    parked: count,
    dispatched: count,
    running: count,
    retrying: count,
    waiting: count,
    succeeded: count,
    failed: count,
    skipped: count,
    total: count,
  }),
  items: z.array(flowItem),
  nextCursor: z.string().optional(),
})
