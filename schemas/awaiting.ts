import { z } from 'zod'

export const awaitingType = z.enum(['task', 'timer', 'promise', 'child', 'signal', 'operation', 'condition'])

/** One thing that a run waits for. */
export const awaiting = z.strictObject({
  type: awaitingType,
  id: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
  kind: z.string().max(200).optional(),
})
export type Awaiting = z.infer<typeof awaiting>

/** What a worker itself must say: everything else the service derives. */
export const declaredAwaiting = awaiting.extend({ type: z.enum(['signal', 'condition']) })
