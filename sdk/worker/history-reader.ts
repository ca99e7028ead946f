/** Reads the part of a log that did not come with the work, in the name of that work. */
import type { HistoryEvent } from '../../schemas/events.ts'
import { readEventPage } from '../http/event-page.ts'
import { retrying } from '../http/retry.ts'
import type { Service } from '../http/service.ts'

export interface WorkInHand {
  executionId: string
  run: number
  /** The activation, and the proof that it was given. */
  id: string
  token: string
}

/** Longer than that, and the activation fails: nobody runs code against half a log. */
const patience = { firstMs: 100, longestMs: 2_000, giveUpAfterMs: 10_000 }

/** Events in (after, upTo]. */
export async function readHistory(
  service: Service,
  { executionId, run, id, token }: WorkInHand,
  after: number,
  upTo: number,
  signal: AbortSignal,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = []
  const base = `/workflow-executions/${encodeURIComponent(executionId)}/events?run=${run}&work=${encodeURIComponent(id)}`
  let next: number | undefined = after
  while (next !== undefined && next < upTo) {
    const path: string = `${base}&after=${next}`
    const headers = { 'Perdure-Work-Token': token }
    const { body } = await retrying(() => service.send({ method: 'GET', path, headers, signal }), { ...patience, signal })
    const page = readEventPage(body)
    events.push(...page.events.filter(({ sequence }) => sequence <= upTo))
    next = page.events.length === 0 ? undefined : page.nextAfter
  }
  return events
}
