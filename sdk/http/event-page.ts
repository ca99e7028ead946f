/** A page of a log. The service's shapes are trusted; a type of event that this version does not know is not. */
import { type HistoryEvent, payloadFields } from '../../schemas/events.ts'
import { PerdureError } from '../failures/perdure-error.ts'

export interface EventPage {
  events: HistoryEvent[]
  lastSequence: number
  nextAfter?: number
}

/** @throws PerdureError `unknown_event`, which names it */
export function readEventPage(body: unknown): EventPage {
  if (!isPage(body)) throw new PerdureError('the answer is not a page of events', { code: 'invalid_answer' })
  for (const { type, sequence } of body.events) {
    if (Object.hasOwn(payloadFields, type)) continue
    throw new PerdureError(`event ${sequence} has the type ${type}, which this version of the SDK does not know`, {
      code: 'unknown_event',
    })
  }
  return body
}

const isPage = (body: unknown): body is EventPage =>
  typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events) && 'lastSequence' in body
