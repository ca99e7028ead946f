/** Which call of the code an event of the log is the trace of. */
import type { EventType, HistoryEvent } from '../../schemas/events.ts'
import { wording } from './wording.ts'

/** A call that is in the log. */
export interface Initiated {
  sequence: number
  eventType: EventType
  /** As in `wording`. */
  what: string
  /** Of a child. */
  executionId?: string
}

/** Calls whose events carry no id: they are counted. */
export interface Numbered {
  state: number
  attributes: number
}

export function initiatedBy(event: HistoryEvent, numbers: Numbered): { id: string; initiated: Initiated } | undefined {
  const { sequence, type: eventType } = event
  const by = (id: string, what: string) => ({ id, initiated: { sequence, eventType, what } })
  switch (event.type) {
    case 'TASK_SCHEDULED':
      return by(event.data.taskId, wording.task(event.data.kind))
    case 'TIMER_STARTED':
      return by(event.data.timerId, wording.timer())
    case 'PROMISE_CREATED':
      return by(event.data.promiseId, wording.promise(event.data.name))
    case 'CHILD_WORKFLOW_INITIATED': {
      const { childId, kind, executionId } = event.data
      return { id: childId, initiated: { sequence, eventType, what: wording.child(kind), executionId } }
    }
    case 'OPERATION_COMPLETED':
    case 'OPERATION_FAILED':
      return by(event.data.operationId, wording.operation(event.data.name))
    case 'EXTERNAL_SIGNAL_SENT':
    case 'EXTERNAL_SIGNAL_FAILED':
      return by(event.data.requestId, wording.signal(event.data.name, event.data.executionId))
    case 'EXTERNAL_CANCEL_SENT':
    case 'EXTERNAL_CANCEL_FAILED':
      return by(event.data.requestId, wording.cancel(event.data.executionId))
    case 'STATE_SET':
      numbers.state += 1
      return by(`state-${numbers.state}`, wording.setState(event.data.key))
    case 'STATE_CLEARED':
      numbers.state += 1
      return by(`state-${numbers.state}`, wording.clearState(event.data.key))
    case 'ATTRIBUTES_SET':
      numbers.attributes += 1
      return by(`attributes-${numbers.attributes}`, wording.attributes())
    default:
      return undefined
  }
}
