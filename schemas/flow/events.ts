/** What the log says of the tasks of a flow. */
import { z } from 'zod'

const count = z.number().int().min(0)

/** Whose work a task of the log is. */
export const flowPlace = z.object({
  task: z.string(),
  visit: z.number().int().min(1),
  index: count.optional(),
  key: z.string().optional(),
})
export type FlowPlace = z.infer<typeof flowPlace>

/** `skipped`: never reached. `unreachable`: a join that cannot be satisfied any more. */
export const flowOutcome = z.enum(['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'unreachable'])

export const flowCounters = z.object({ succeeded: count, failed: count, skipped: count, total: count })

/** Edges are counted from 0, in the order of the file. */
export const takenEdge = z.object({ edge: count, do: z.array(z.string()) })
export const untakenEdge = z.object({ from: z.string(), edge: count })
