/** The commands of an answer: checked as a whole, then applied one by one in the order of the calls. */
import { closingCommandTypes } from '../../schemas/commands.ts'
import type { Refusal } from '../../schemas/errors.ts'
import type { FlowPlace } from '../../schemas/flow/events.ts'
import { limits } from '../../schemas/limits.ts'
import { refused } from '../answer.ts'
import { cancelledTask } from './attempts.ts'
import { checkAttributes } from './attributes.ts'
import { cancelChild, startChild } from './children.ts'
import type { WorkflowCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { EventNote } from './log-event.ts'
import { createPromise, resolveOwnPromise } from './promises.ts'
import { fullRetryPolicy } from './retry-delay.ts'
import type { RunState } from './state.ts'

export type BlockCommand = Exclude<WorkflowCommand, { type: 'COMPLETE_WORKFLOW' | 'FAIL_WORKFLOW' | 'CANCEL_WORKFLOW' }>

/** Refuses the whole answer if one command cannot be done. */
export function checkCommands(run: RunState, commands: WorkflowCommand[]): { ok: false; refusal: Refusal } | undefined {
  if (commands.length > limits.commandsPerActivation) {
    return refused(
      'invalid_request',
      `commands: ${commands.length} are more than the limit of ${limits.commandsPerActivation} an activation`,
    )
  }
  const begun = new Set<string>()
  let scheduled = 0
  for (const [index, command] of commands.entries()) {
    switch (command.type) {
      case 'SCHEDULE_TASK': {
        scheduled += 1
        const { taskId } = command
        if (begun.has(taskId) || run.tasks.has(taskId) || run.closedTasks.has(taskId))
          return refused('invalid_request', `commands[${index}].taskId: ${taskId} exists already`)
        begun.add(taskId)
        break
      }
      case 'START_TIMER': {
        const { timerId } = command
        if (begun.has(timerId) || run.usedTimers.has(timerId))
          return refused('invalid_request', `commands[${index}].timerId: ${timerId} exists already`)
        begun.add(timerId)
        break
      }
      case 'CANCEL_TASK':
        if (!begun.has(command.taskId) && !run.tasks.has(command.taskId) && !run.closedTasks.has(command.taskId)) {
          return refused('invalid_request', `commands[${index}].taskId: there is no ${command.taskId}`)
        }
        break
      case 'CANCEL_TIMER':
        if (!begun.has(command.timerId) && !run.usedTimers.has(command.timerId)) {
          return refused('invalid_request', `commands[${index}].timerId: there is no ${command.timerId}`)
        }
        break
      case 'CREATE_PROMISE': {
        const { promiseId } = command
        if (begun.has(promiseId) || run.promises.has(promiseId) || run.settledPromises.has(promiseId))
          return refused('invalid_request', `commands[${index}].promiseId: ${promiseId} exists already`)
        begun.add(promiseId)
        break
      }
      case 'RESOLVE_PROMISE': {
        const { promiseId } = command
        if (!begun.has(promiseId) && !run.promises.has(promiseId) && !run.settledPromises.has(promiseId)) {
          return refused('invalid_request', `commands[${index}].promiseId: there is no ${promiseId}`)
        }
        break
      }
      case 'START_CHILD_WORKFLOW': {
        const { childId } = command
        if (begun.has(childId) || run.usedChildren.has(childId))
          return refused('invalid_request', `commands[${index}].childId: ${childId} exists already`)
        begun.add(childId)
        break
      }
      case 'CANCEL_CHILD_WORKFLOW':
        if (!begun.has(command.childId) && !run.usedChildren.has(command.childId)) {
          return refused('invalid_request', `commands[${index}].childId: there is no ${command.childId}`)
        }
        break
      case 'SIGNAL_WORKFLOW':
      case 'CANCEL_WORKFLOW_EXECUTION': {
        const { requestId } = command
        if (begun.has(requestId) || run.usedExternals.has(requestId))
          return refused('invalid_request', `commands[${index}].requestId: ${requestId} exists already`)
        begun.add(requestId)
        break
      }
      case 'SET_STATE':
      case 'CLEAR_STATE':
      case 'SET_ATTRIBUTES':
        break
      case 'COMPLETE_WORKFLOW':
      case 'FAIL_WORKFLOW':
      case 'CANCEL_WORKFLOW':
        if (index !== commands.length - 1)
          return refused('invalid_request', `commands[${index}]: ${command.type} must be the last command`)
        break
    }
  }
  const attributes = checkAttributes(run.attributes, commands)
  if (attributes !== undefined) return attributes
  if (run.tasks.size + scheduled > run.limits.openTasks) {
    return refused(
      'invalid_request',
      `commands: ${run.tasks.size + scheduled} open tasks are more than the limit of ${run.limits.openTasks}`,
    )
  }
  const added = commands.filter(({ type }) => !closingCommandTypes.has(type)).length
  // A run that is full can still wait for what is open, and end.
  if (added > 0 && run.lastSequence + added + 1 > run.limits.eventsPerRun) {
    return refused('invalid_request', `commands: the run would have more than its limit of ${run.limits.eventsPerRun} events`)
  }
  return undefined
}

export function applyCommand(draft: Draft, command: BlockCommand): void {
  const run = draft.run
  switch (command.type) {
    case 'SCHEDULE_TASK': {
      const { taskId, kind, queue = run.queue, timeouts = {}, priority = 0, input, flow } = command
      const retry = fullRetryPolicy(command.retry)
      draft.append(
        'TASK_SCHEDULED',
        {
          taskId,
          kind,
          queue,
          retry: { ...retry, nonRetryable: [...retry.nonRetryable] },
          timeouts,
          priority,
          ...(flow !== undefined && { flow }),
        },
        { payload: input },
      )
      return
    }
    case 'CANCEL_TASK': {
      const task = run.tasks.get(command.taskId)
      if (task === undefined || task.cancelRequestedAt !== undefined) return
      if (task.lease.phase === 'ready') return cancelledTask(draft, task)
      draft.append('TASK_CANCELLATION_REQUESTED', { taskId: task.id })
      if (task.lease.holder !== undefined) draft.askToStop(task, task.lease.holder)
      return
    }
    case 'START_TIMER': {
      const at = Math.max(draft.now, run.lastAt)
      const fireAt = command.fireAt ?? at + (command.durationMs ?? 0)
      draft.append(
        'TIMER_STARTED',
        { timerId: command.timerId, fireAt, durationMs: command.durationMs ?? Math.max(0, fireAt - at) },
        noteOf(command),
      )
      return
    }
    case 'CANCEL_TIMER':
      if (run.timers.has(command.timerId)) draft.append('TIMER_CANCELLED', { timerId: command.timerId })
      return
    case 'CREATE_PROMISE':
      return createPromise(draft, command)
    case 'RESOLVE_PROMISE':
      return resolveOwnPromise(draft, command.promiseId, command.value)
    case 'SET_STATE':
      draft.append('STATE_SET', { key: command.key }, { payload: command.value })
      return
    case 'CLEAR_STATE':
      draft.append('STATE_CLEARED', { key: command.key })
      return
    case 'SET_ATTRIBUTES':
      draft.append('ATTRIBUTES_SET', { attributes: command.attributes })
      return
    case 'START_CHILD_WORKFLOW':
      return startChild(draft, command)
    case 'CANCEL_CHILD_WORKFLOW':
      return cancelChild(draft, command.childId)
    case 'SIGNAL_WORKFLOW': {
      const { requestId, executionId: to, name, payload } = command
      return draft.post({ type: 'signal', to, run: run.number, requestId, name }, payload)
    }
    case 'CANCEL_WORKFLOW_EXECUTION': {
      const { requestId, executionId: to, reason } = command
      return draft.post({ type: 'cancel', to, run: run.number, requestId, ...(reason !== undefined && { reason }) })
    }
  }
}

const noteOf = ({ flow }: { flow?: FlowPlace }): { note?: EventNote } => (flow === undefined ? {} : { note: { flow } })
