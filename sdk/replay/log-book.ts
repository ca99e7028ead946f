/**
 * What a run knows of its log: which calls are in it, which events are still to be delivered, where activations ended.
 *
 * 1. Events enter once, in order, without a gap; a type it does not know is refused by name.
 * 2. It holds no payload longer than until its event is delivered.
 */
import { type EventOf, type EventType, type HistoryEvent, payloadFields, wakingEventTypes } from '../../schemas/events.ts'
import { PerdureError } from '../failures/perdure-error.ts'

/** A call that is in the log. */
export interface Initiated {
  sequence: number
  eventType: EventType
  /** Kind of a task, name of a run; undefined for a timer. */
  what: string | undefined
}

/** The end of an activation that is in the log: what its worker had seen, and when. */
export interface Closing {
  sequence: number
  eventType: EventType
  snapshotSequence: number
  activationAt: number
}

export class LogBook {
  #end = 0
  #waking: HistoryEvent[] = []
  #closings: Closing[] = []
  readonly #initiated = new Map<string, Initiated>()
  #started: EventOf<'WORKFLOW_STARTED'> | undefined

  get started(): EventOf<'WORKFLOW_STARTED'> | undefined {
    return this.#started
  }

  /**
   * Takes events with sequence > `from`. Those that are known already are passed over; between what is known and `from`
   * lie only events that this run made itself.
   *
   * @throws PerdureError `unknown_event`, `history_gap`
   */
  add(events: readonly HistoryEvent[], from: number): void {
    let expected = from + 1
    for (const event of events) {
      if (!Object.hasOwn(payloadFields, event.type)) {
        const message = `event ${event.sequence} has the type ${event.type}, which this version of the SDK does not know`
        throw new PerdureError(message, { code: 'unknown_event' })
      }
      if (event.sequence !== expected) {
        const message = `event ${expected} is missing: the history goes on with ${event.sequence}`
        throw new PerdureError(message, { code: 'history_gap' })
      }
      expected += 1
      if (event.sequence > this.#end) this.#take(event)
    }
    this.#end = Math.max(this.#end, from, expected - 1)
  }

  /** Nothing up to `sequence` may be missing. */
  expectUpTo(sequence: number): void {
    if (this.#end >= sequence) return
    throw new PerdureError(`the history ends with event ${this.#end}, before ${sequence}`, { code: 'history_gap' })
  }

  initiated(id: string): Initiated | undefined {
    return this.#initiated.get(id)
  }

  /** The activations in the log that saw more than `position`, oldest first; each is given once. */
  takeClosings(position: number): Closing[] {
    const closings = this.#closings.filter((closing) => closing.snapshotSequence > position)
    this.#closings = []
    return closings
  }

  /** The waking events in (position, snapshot], oldest first; each is given once. */
  takeWaking(position: number, snapshot: number): HistoryEvent[] {
    const first = this.#waking.findIndex((event) => event.sequence > snapshot)
    const count = first === -1 ? this.#waking.length : first
    const due = this.#waking.splice(0, count)
    return due.filter((event) => event.sequence > position)
  }

  #take(event: HistoryEvent): void {
    if (wakingEventTypes.has(event.type)) this.#waking.push(event)
    switch (event.type) {
      case 'WORKFLOW_STARTED':
        this.#started = event
        return
      case 'TASK_SCHEDULED':
        this.#initiate(event.data.taskId, event, event.data.kind)
        return
      case 'TIMER_STARTED':
        this.#initiate(event.data.timerId, event, undefined)
        return
      case 'OPERATION_COMPLETED':
      case 'OPERATION_FAILED':
        this.#initiate(event.data.operationId, event, event.data.name)
        return
      case 'WORKFLOW_SUSPENDED':
      case 'WORKFLOW_COMPLETED':
      case 'WORKFLOW_FAILED': {
        const { snapshotSequence, activationAt } = event.data
        this.#closings.push({ sequence: event.sequence, eventType: event.type, snapshotSequence, activationAt })
        return
      }
      case 'WORKFLOW_TERMINATED':
      case 'WORKFLOW_TIMED_OUT':
      case 'TASK_COMPLETED':
      case 'TASK_FAILED':
      case 'TASK_TIMED_OUT':
      case 'TASK_CANCELLED':
      case 'TASK_CANCELLATION_REQUESTED':
      case 'TIMER_FIRED':
      case 'TIMER_CANCELLED':
    }
  }

  #initiate(id: string, { sequence, type }: HistoryEvent, what: string | undefined): void {
    if (!this.#initiated.has(id)) this.#initiated.set(id, { sequence, eventType: type, what })
  }
}
