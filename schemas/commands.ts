/**
 * What workflow code asks for, as its worker sends it: each the imperative of the event it makes. The list of an
 * activation has at most one closing command, and it stands last.
 */
import { z } from 'zod'
import { attributes } from './events.ts'
import { failure } from './failure.ts'
import { childId, executionId, externalId, kind, name, promiseId, promiseName, queueName, taskId, timerId } from './identity.ts'
import { parentClosePolicy } from './parent.ts'
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

export const createPromise = z.strictObject({
  type: z.literal('CREATE_PROMISE'),
  promiseId,
  name: promiseName,
  timeoutMs: durationMs.optional(),
})

export const resolvePromise = z.strictObject({ type: z.literal('RESOLVE_PROMISE'), promiseId, value: payload.optional() })

/** Without `executionId` the child is called as `child-id.ts` says; without `queue` it takes its parent's. */
export const startChildWorkflow = z.strictObject({
  type: z.literal('START_CHILD_WORKFLOW'),
  childId,
  executionId: executionId.optional(),
  kind,
  input: payload.optional(),
  queue: queueName.optional(),
  parentClosePolicy: parentClosePolicy.optional(),
  attributes: attributes.optional(),
  timeoutMs: durationMs.min(1).optional(),
})

export const cancelChildWorkflow = z.strictObject({ type: z.literal('CANCEL_CHILD_WORKFLOW'), childId })

export const signalWorkflow = z.strictObject({
  type: z.literal('SIGNAL_WORKFLOW'),
  requestId: externalId,
  executionId,
  name,
  payload: payload.optional(),
})

export const cancelWorkflowExecution = z.strictObject({
  type: z.literal('CANCEL_WORKFLOW_EXECUTION'),
  requestId: externalId,
  executionId,
  reason: z.string().max(1_000).optional(),
})

export const setState = z.strictObject({ type: z.literal('SET_STATE'), key: name, value: payload })
export const clearState = z.strictObject({ type: z.literal('CLEAR_STATE'), key: name })
export const setAttributes = z.strictObject({ type: z.literal('SET_ATTRIBUTES'), attributes })

export const completeWorkflow = z.strictObject({ type: z.literal('COMPLETE_WORKFLOW'), output: payload.optional() })

export const failWorkflow = z.strictObject({ type: z.literal('FAIL_WORKFLOW'), failure })

export const cancelWorkflow = z.strictObject({ type: z.literal('CANCEL_WORKFLOW'), reason: z.string().max(1_000).optional() })

export const command = z.discriminatedUnion('type', [
  scheduleTask,
  cancelTask,
  startTimer,
  cancelTimer,
  createPromise,
  resolvePromise,
  startChildWorkflow,
  cancelChildWorkflow,
  signalWorkflow,
  cancelWorkflowExecution,
  setState,
  clearState,
  setAttributes,
  completeWorkflow,
  failWorkflow,
  cancelWorkflow,
])
export type Command = z.infer<typeof command>
export type CommandType = Command['type']

export const closingCommandTypes: ReadonlySet<string> = new Set<CommandType>([
  'COMPLETE_WORKFLOW',
  'FAIL_WORKFLOW',
  'CANCEL_WORKFLOW',
])

export const commandList = z.array(command).superRefine((commands, context) => {
  commands.forEach((item, index) => {
    if (closingCommandTypes.has(item.type) && index !== commands.length - 1) {
      context.addIssue({ code: 'custom', path: [index], message: `${item.type} must be the last command` })
    }
  })
})
