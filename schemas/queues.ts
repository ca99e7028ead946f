/** Queues and workers as they are shown. */
import { z } from 'zod'
import { executionId, kind, name, queueName, run, sessionId, workerId } from './identity.ts'
import { instant } from './values.ts'

export const backlogEntry = z.object({ kind, count: z.number().int(), oldestAt: instant })
export const queueSummary = z.object({ queue: queueName, backlog: z.array(backlogEntry), workers: z.number().int() })
export type QueueSummary = z.infer<typeof queueSummary>
export const queueList = z.object({ items: z.array(queueSummary) })

export const workerSummary = z.object({
  workerId,
  session: sessionId,
  queue: queueName,
  partition: z.number().int(),
  build: name.optional(),
  workflows: z.array(kind),
  tasks: z.array(kind),
  slots: z.object({ workflow: z.number().int(), task: z.number().int() }),
  held: z.array(z.object({ executionId, run, id: z.string() })),
})
export type WorkerSummary = z.infer<typeof workerSummary>
export const workerList = z.object({ items: z.array(workerSummary) })
