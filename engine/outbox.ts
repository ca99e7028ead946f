/**
 * Messages that must reach another object and are not in the sender's state. They are committed with what causes them,
 * sent after the commit, repeated with back-off until delivered, and dropped by receivers that know them.
 */
import type { QueueAddress, ReleaseItem } from './lease.ts'

/** Tells a queue that work is over, so that its worker stops. */
export interface ReleaseMessage {
  type: 'release'
  to: QueueAddress
  items: ReleaseItem[]
}

export type OutboxMessage = ReleaseMessage

export interface OutboxEntry {
  id: number
  message: OutboxMessage
  attempts: number
  dueAt: number
}

export type OutboxChange =
  | { type: 'posted'; entry: OutboxEntry }
  | { type: 'delivered'; id: number }
  | { type: 'delivery-failed'; id: number; attempts: number; dueAt: number }

export type Outbox = Map<number, OutboxEntry>

const firstDelayMs = 1_000
const longestDelayMs = 60_000

export function evolveOutbox(outbox: Outbox, change: OutboxChange): void {
  switch (change.type) {
    case 'posted':
      outbox.set(change.entry.id, change.entry)
      return
    case 'delivered':
      outbox.delete(change.id)
      return
    case 'delivery-failed': {
      const entry = outbox.get(change.id)
      if (entry !== undefined) outbox.set(change.id, { ...entry, attempts: change.attempts, dueAt: change.dueAt })
      return
    }
  }
}

/** Ids grow; a message keeps its id over all repeats. */
export function nextEntryId(outbox: Outbox): number {
  let last = 0
  for (const id of outbox.keys()) last = Math.max(last, id)
  return last + 1
}

export const dueEntries = (outbox: Outbox, now: number): OutboxEntry[] =>
  [...outbox.values()].filter((entry) => entry.dueAt <= now).sort((a, b) => a.id - b.id)

/** Epoch ms of the earliest delivery, or undefined. */
export function outboxDueAt(outbox: Outbox): number | undefined {
  let earliest: number | undefined
  for (const entry of outbox.values()) if (earliest === undefined || entry.dueAt < earliest) earliest = entry.dueAt
  return earliest
}

export function deliveryFailed(entry: OutboxEntry, now: number): OutboxChange {
  const attempts = entry.attempts + 1
  return {
    type: 'delivery-failed',
    id: entry.id,
    attempts,
    dueAt: now + Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts, 10)),
  }
}
