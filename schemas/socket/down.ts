/** Messages from a queue to its worker. */
import { z } from 'zod'
import { attempt, executionId, run, sessionId, taskId, token } from '../identity.ts'
import { activation, taskWork } from '../work.ts'

export const welcome = z.object({ type: z.literal('welcome'), session: sessionId, partitions: z.number().int().min(1) })
export const activationPush = activation.extend({ type: z.literal('activation') })
export const taskPush = taskWork.extend({ type: z.literal('task') })
export const cancelTask = z.object({ type: z.literal('cancelTask'), executionId, run, taskId, attempt, reason: z.string() })
export const check = z.object({ type: z.literal('check'), tokens: z.array(token) })

/** How much work of other executions waits: while it is above 0, replies should carry none. */
export const notify = z.object({ type: z.literal('notify'), backlog: z.number().int().min(0) })
export const drain = z.object({ type: z.literal('drain') })
export const error = z.object({ type: z.literal('error'), code: z.string(), message: z.string() })

export const down = z.discriminatedUnion('type', [welcome, activationPush, taskPush, cancelTask, check, notify, drain, error])
export type Down = z.infer<typeof down>
