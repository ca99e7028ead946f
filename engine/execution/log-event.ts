/**
 * An event as the log holds it: like the wire's, but the author's value stays apart as JSON text, and `note` keeps
 * facts that are the service's own business and no reader's.
 */
import { type EventOf, type EventType, payloadFields } from '../../schemas/events.ts'
import type { FlowPlace } from '../../schemas/flow/events.ts'
import type { Parent } from '../../schemas/parent.ts'
import type { FlowPin } from '../flow/definition.ts'

type PayloadField<Type extends EventType> = (typeof payloadFields)[Type]

/** An event's data without the author's value. */
export type EventData<Type extends EventType> = Omit<EventOf<Type>['data'], NonNullable<PayloadField<Type>>>

/** Whose child an earlier run was. */
export interface FormerParent extends Parent {
  startedAt?: number
}

export interface EventNote {
  /** Of a closing event: the activation that it answers. */
  answered?: WorkMark
  /** Of a task's end: when its last attempt began, and with whom. */
  startedAt?: number
  workerId?: string
  /** Of a start: hash of the request's body, when its id came from an idempotency key. */
  bodyHash?: string
  /** Of a start: whose child earlier runs were, so that a start that is told again is known. */
  formerParents?: FormerParent[]
  /** Of a child's start: when its parent's run began. */
  parentStartedAt?: number
  /** Of a cancellation: the request of the execution that asked for it. */
  request?: string
  /** Of a start: the limits that the run lives under. */
  limits?: { openTasks: number; eventsPerRun: number }
  /** Of a start: the flow that the run keeps as it is. */
  pin?: FlowPin
  /** Of a timer, promise or child: whose of a flow it is. */
  flow?: FlowPlace
  /** Of FLOW_TASK_STARTED: what was made of its expressions. */
  visit?: { concurrency?: number; keys?: string[]; signal?: string; onCancel?: true }
  /** Of FLOW_TASK_CLOSED: the signal that it took, and the event that holds its failure. */
  signal?: number
  cause?: number
  publishes?: true
}

export interface WorkMark {
  id: string
  attempt: number
}

type LogEventOf<Type extends EventType> = {
  run: number
  sequence: number
  type: Type
  at: number
  data: EventData<Type>
  payload?: string
  note?: EventNote
}

export type LogEvent = { [Type in EventType]: LogEventOf<Type> }[EventType]

/** The columns of a stored event from which its wire text is put together. */
export interface EventRow {
  sequence: number
  type: string
  at: number
  data: string
  payload: string | null
}

/** The data of an event as readers get it, put together without parsing its payload. */
export function dataText(row: EventRow): string {
  const field = payloadFields[row.type as EventType]
  if (row.payload === null || field === undefined) return row.data
  return row.data === '{}' ? `{"${field}":${row.payload}}` : `${row.data.slice(0, -1)},"${field}":${row.payload}}`
}

/** The event as readers get it. */
export const eventText = (row: EventRow): string =>
  `{"sequence":${row.sequence},"type":"${row.type}","at":${row.at},"data":${dataText(row)}}`
