/** What a waking event settles. Late results, and results of calls that newer code does not make, settle nothing. */
import type { EventOf, HistoryEvent } from '../../schemas/events.ts'
import {
  CancelledFailure,
  ChildWorkflowFailure,
  type FailedTask,
  PromiseRejected,
  TaskFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '../failures/own-failures.ts'
import { fromWire } from '../failures/wire.ts'
import { received } from '../values/received.ts'
import { cancelRun } from './cancel-run.ts'
import type { RunState } from './run-state.ts'

export function deliver(event: HistoryEvent, state: RunState): void {
  switch (event.type) {
    case 'TASK_COMPLETED':
      state.ended(event.data.taskId, event)?.settled.resolve(received(event.data.output))
      return
    case 'TASK_FAILED':
      failTask(state, event, 'failed', fromWire(event.data.failure))
      return
    case 'TASK_TIMED_OUT': {
      const { taskId, timeout } = event.data
      failTask(state, event, 'timed out', new TimeoutFailure(`${taskId} ran into ${timeout}`, { details: { timeout } }))
      return
    }
    case 'TASK_CANCELLED': {
      const call = state.ended(event.data.taskId, event)
      call?.settled.reject(new CancelledFailure(`task ${call.name} (${call.id}) was cancelled`))
      return
    }
    case 'TIMER_FIRED':
      state.ended(event.data.timerId, event)?.settled.resolve(undefined)
      return
    case 'PROMISE_RESOLVED':
      state.ended(event.data.promiseId, event)?.settled.resolve(received(event.data.value))
      return
    case 'PROMISE_REJECTED': {
      const { promiseId, name, failure } = event.data
      const cause = fromWire(failure)
      const message = `promise ${name} (${promiseId}) was rejected: ${cause.message}`
      state.ended(promiseId, event)?.settled.reject(new PromiseRejected(message, { promise: { promiseId, name }, cause }))
      return
    }
    case 'PROMISE_TIMED_OUT': {
      const { promiseId, name } = event.data
      const failure = new TimeoutFailure(`time was up before promise ${name} (${promiseId}) was settled`)
      state.ended(promiseId, event)?.settled.reject(failure)
      return
    }
    case 'CHILD_WORKFLOW_COMPLETED':
      state.ended(event.data.childId, event)?.settled.resolve(received(event.data.output))
      return
    case 'CHILD_WORKFLOW_FAILED':
      failChild(state, event, 'failed', fromWire(event.data.failure))
      return
    case 'CHILD_WORKFLOW_CANCELLED':
      failChild(state, event, 'was cancelled', new CancelledFailure('it was cancelled'))
      return
    case 'CHILD_WORKFLOW_TERMINATED':
      failChild(state, event, 'was terminated', new TerminatedFailure(event.data.reason ?? 'it was terminated'))
      return
    case 'CHILD_WORKFLOW_TIMED_OUT':
      failChild(state, event, 'timed out', new TimeoutFailure('its time was up'))
      return
    case 'EXTERNAL_SIGNAL_SENT':
    case 'EXTERNAL_CANCEL_SENT':
      state.ended(event.data.requestId, event)?.settled.resolve(undefined)
      return
    case 'EXTERNAL_SIGNAL_FAILED':
    case 'EXTERNAL_CANCEL_FAILED':
      state.ended(event.data.requestId, event)?.settled.reject(fromWire(event.data.failure))
      return
    case 'OPERATION_COMPLETED':
      state.ended(event.data.operationId, event)?.settled.resolve(received(event.data.result))
      state.operations.remove(event.data.operationId)
      return
    case 'OPERATION_FAILED':
      state.ended(event.data.operationId, event)?.settled.reject(fromWire(event.data.failure))
      state.operations.remove(event.data.operationId)
      return
    case 'SIGNAL_RECEIVED': {
      const taken = state.inbox.deliver(event)
      if (taken !== undefined) state.calls.end(taken.waiter.id)?.settled.resolve(taken.payload)
      return
    }
    case 'CANCELLATION_REQUESTED':
      cancelRun(state, event.data)
  }
}

function failTask(state: RunState, event: EventOf<'TASK_FAILED' | 'TASK_TIMED_OUT'>, how: string, cause: Error): void {
  const { taskId, attempt } = event.data
  const call = state.ended(taskId, event)
  if (call === undefined) return
  const task: FailedTask = { taskId, kind: call.name, attempt }
  call.settled.reject(
    new TaskFailure(`task ${call.name} (${taskId}) ${how} in attempt ${attempt}: ${cause.message}`, { task, cause }),
  )
}

type ChildEnded = EventOf<
  'CHILD_WORKFLOW_FAILED' | 'CHILD_WORKFLOW_CANCELLED' | 'CHILD_WORKFLOW_TERMINATED' | 'CHILD_WORKFLOW_TIMED_OUT'
>

function failChild(state: RunState, event: ChildEnded, how: string, cause: Error): void {
  const { childId, executionId } = event.data
  const call = state.ended(childId, event)
  if (call === undefined) return
  const child = { childId, executionId, kind: call.name }
  call.settled.reject(new ChildWorkflowFailure(`child ${call.name} (${executionId}) ${how}: ${cause.message}`, { child, cause }))
}

/** One condition that holds, or cannot be tested, is settled; the code goes on before the next is tested. */
export function meetCondition(state: RunState): boolean {
  if (state.finished || state.broken !== undefined) return false
  const met = state.inCode(() => state.conditions.firstMet())
  if (met === undefined) return false
  state.calls.end(met.call.id)
  if ('error' in met.verdict) met.call.settled.reject(met.verdict.error)
  else met.call.settled.resolve(undefined)
  return true
}
