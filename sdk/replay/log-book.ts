/**
 * What a run knows of its log: which calls are in it, which events are still to be delivered, where activations ended.
 *
 * 1. Events enter once, in order, without a gap; a type it does not know is refused by name.
 * 2. It holds no payload longer than until its event is delivered.
 */
import type { Awaiting } from '../../schemas/awaiting.ts'
import { type EventOf, type EventType, type HistoryEvent, payloadFields, wakingEventTypes } from '../../schemas/events.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { type Initiated, initiatedBy, type Numbered } from './initiated.ts'

/** The end of an activation that is in the log: what its worker had seen, and when. */
export interface Closing {
  sequence: number
  eventType: EventType
  snapshotSequence: number
  activationAt: number
  /** Ids of side effects, and of requests to other executions, that had no result yet; undefined when there were too many. */
  asked: ReadonlySet<string> | undefined
}

/** An answer names at most so many signals, conditions and requests that it waits for. */
export const mostAwaited = 1_000

export type ArrivingSignal = EventOf<'SIGNAL_RECEIVED'>

export class LogBook {
  #end = 0
  #waking: HistoryEvent[] = []
  /** The first of `#waking` that is still to be delivered. */
  #next = 0
  #closings: Closing[] = []
  readonly #initiated = new Map<string, Initiated>()
  readonly #numbers: Numbered = { state: 0, attributes: 0 }
  readonly #onSignal: (event: ArrivingSignal) => void
  #started: EventOf<'WORKFLOW_STARTED'> | undefined

  /** `onSignal` is told of each signal as soon as it is known. */
  constructor(onSignal: (event: ArrivingSignal) => void) {
    this.#onSignal = onSignal
  }

  get started(): EventOf<'WORKFLOW_STARTED'> | undefined {
    return this.#started
  }

  /**
   * Takes events with sequence > `from`. Those that are known already are passed over; between what is known and `from`
   * lie only events that this run made itself: up to there it has made `made`.
   *
   * @throws PerdureError `unknown_event`, `history_gap`
   */
  add(events: readonly HistoryEvent[], from: number, made: Numbered): void {
    let expected = from + 1
    if (from > this.#end) Object.assign(this.#numbers, made)
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

  /** The next waking event in (position, snapshot]; each is given once. */
  takeWaking(position: number, snapshot: number): HistoryEvent | undefined {
    for (;;) {
      const event = this.#waking[this.#next]
      if (event === undefined || event.sequence > snapshot) {
        this.#waking.splice(0, this.#next)
        this.#next = 0
        return undefined
      }
      this.#next += 1
      if (event.sequence > position) return event
    }
  }

  #take(event: HistoryEvent): void {
    if (wakingEventTypes.has(event.type)) this.#waking.push(event)
    const call = initiatedBy(event, this.#numbers)
    if (call !== undefined && !this.#initiated.has(call.id)) this.#initiated.set(call.id, call.initiated)
    switch (event.type) {
      case 'WORKFLOW_STARTED':
        this.#started = event
        return
      case 'SIGNAL_RECEIVED':
        this.#onSignal(event)
        return
      case 'WORKFLOW_SUSPENDED':
      case 'WORKFLOW_COMPLETED':
      case 'WORKFLOW_FAILED':
      case 'WORKFLOW_CANCELLED': {
        const { snapshotSequence, activationAt } = event.data
        const asked = event.type === 'WORKFLOW_SUSPENDED' ? askedOf(event.data.awaiting) : undefined
        this.#closings.push({ sequence: event.sequence, eventType: event.type, snapshotSequence, activationAt, asked })
      }
    }
  }
}

function askedOf(awaiting: readonly Awaiting[]): Set<string> | undefined {
  if (awaiting.length >= mostAwaited) return undefined
  return new Set(awaiting.flatMap(({ id }) => id ?? []))
}
