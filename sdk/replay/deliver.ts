/** What a waking event settles. Late results, and results of calls that newer code does not make, settle nothing. */
import type { HistoryEvent } from '../../schemas/events.ts'
import { CancelledFailure, type FailedTask, TaskFailure, TimeoutFailure } from '../failures/own-failures.ts'
import { fromWire } from '../failures/wire.ts'
import { decode } from '../values/decode.ts'
import type { OpenCalls } from './open-calls.ts'

export function deliver(event: HistoryEvent, calls: OpenCalls): void {
  switch (event.type) {
    case 'TASK_COMPLETED':
      calls.end(event.data.taskId)?.settled.resolve(decode(event.data.output, 'output'))
      return
    case 'TASK_FAILED': {
      const { taskId, attempt, failure } = event.data
      failTask(calls, taskId, attempt, 'failed', fromWire(failure))
      return
    }
    case 'TASK_TIMED_OUT': {
      const { taskId, attempt, timeout } = event.data
      const cause = new TimeoutFailure(`${taskId} ran into ${timeout}`, { details: { timeout } })
      failTask(calls, taskId, attempt, 'timed out', cause)
      return
    }
    case 'TASK_CANCELLED': {
      const call = calls.end(event.data.taskId)
      call?.settled.reject(new CancelledFailure(`task ${call.name} (${call.id}) was cancelled`))
      return
    }
    case 'TIMER_FIRED':
      calls.end(event.data.timerId)?.settled.resolve(undefined)
      return
    case 'OPERATION_COMPLETED':
      calls.end(event.data.operationId)?.settled.resolve(decode(event.data.result, 'result'))
      return
    case 'OPERATION_FAILED':
      calls.end(event.data.operationId)?.settled.reject(fromWire(event.data.failure))
      return
    case 'WORKFLOW_STARTED':
    case 'WORKFLOW_SUSPENDED':
    case 'WORKFLOW_COMPLETED':
    case 'WORKFLOW_FAILED':
    case 'WORKFLOW_TERMINATED':
    case 'WORKFLOW_TIMED_OUT':
    case 'TASK_SCHEDULED':
    case 'TASK_CANCELLATION_REQUESTED':
    case 'TIMER_STARTED':
    case 'TIMER_CANCELLED':
  }
}

function failTask(calls: OpenCalls, taskId: string, attempt: number, how: string, cause: Error): void {
  const call = calls.end(taskId)
  if (call === undefined) return
  const task: FailedTask = { taskId, kind: call.name, attempt }
  call.settled.reject(
    new TaskFailure(`task ${call.name} (${taskId}) ${how} in attempt ${attempt}: ${cause.message}`, { task, cause }),
  )
}
