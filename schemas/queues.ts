/** Queues and workers as they are shown. */
import { z } from 'zod'
import { executionId, kind, name, queueName, run, sessionId, workerId } from './identity.ts'
import { instant } from './values.ts'

export const backlogEntry = z.object({ kind, count: z.number().int(), oldestAt: instant })
export const queueSummary = z.object({ queue: queueName, backlog: z.array(backlogEntry), workers: z.number().int() })
export type QueueSummary = z.infer<typeof queueSummary>
export const queueList = z.object({ items: z.array(queueSummary) })

const slotCounts = z.object({ workflow: z.number().int(), task: z.number().int() })

export const workerSummary = z.object({
  workerId,
  session: sessionId,
  queue: queueName,
  partition: z.number().int(),
  build: name.optional(),
  workflows: z.array(kind),
  tasks: z.array(kind),
  /** What it can do at once over this connection, as it said when it came. */
  slots: slotCounts,
  /** What may still be sent to it: slots that it uses for nothing, as far as it has said. */
  free: slotCounts,
  held: z.array(z.object({ executionId, run, id: z.string() })),
})
export type WorkerSummary = z.infer<typeof workerSummary>
export const workerList = z.object({ items: z.array(workerSummary) })
