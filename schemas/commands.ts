/**
 * What workflow code asks for, as its worker sends it: each the imperative of the event it makes. The list of an
 * activation has at most one closing command, and it stands last.
 */
import { z } from 'zod'
import { failure } from './failure.ts'
import { kind, queueName, taskId, timerId } from './identity.ts'
import { priority, retryPolicy, timeouts } from './retry.ts'
import { durationMs, instant, payload } from './values.ts'

export const scheduleTask = z.strictObject({
  type: z.literal('SCHEDULE_TASK'),
  taskId,
  kind,
  input: payload.optional(),
  queue: queueName.optional(),
  retry: retryPolicy.optional(),
  timeouts: timeouts.optional(),
  priority: priority.optional(),
})

export const cancelTask = z.strictObject({ type: z.literal('CANCEL_TASK'), taskId })

/** `fireAt` is absolute and wins; with `durationMs` alone the timer counts from the commit. */
export const startTimer = z
  .strictObject({
    type: z.literal('START_TIMER'),
    timerId,
    fireAt: instant.optional(),
    durationMs: durationMs.optional(),
  })
  .refine((timer) => timer.fireAt !== undefined || timer.durationMs !== undefined, {
    path: ['durationMs'],
    message: 'a timer needs durationMs or fireAt',
  })

export const cancelTimer = z.strictObject({ type: z.literal('CANCEL_TIMER'), timerId })

export const completeWorkflow = z.strictObject({ type: z.literal('COMPLETE_WORKFLOW'), output: payload.optional() })

export const failWorkflow = z.strictObject({ type: z.literal('FAIL_WORKFLOW'), failure })

export const command = z.discriminatedUnion('type', [
  scheduleTask,
  cancelTask,
  startTimer,
  cancelTimer,
  completeWorkflow,
  failWorkflow,
])
export type Command = z.infer<typeof command>
export type CommandType = Command['type']

export const closingCommandTypes: ReadonlySet<string> = new Set<CommandType>(['COMPLETE_WORKFLOW', 'FAIL_WORKFLOW'])

export const commandList = z.array(command).superRefine((commands, context) => {
  commands.forEach((item, index) => {
    if (closingCommandTypes.has(item.type) && index !== commands.length - 1) {
      context.addIssue({ code: 'custom', path: [index], message: `${item.type} must be the last command` })
    }
  })
})
