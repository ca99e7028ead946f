/**
 * Messages that must reach another object and are not in the sender's state. They are committed with what causes them,
 * sent after the commit, repeated with back-off until answered, and dropped by receivers that know them.
 *
 * 1. FIFO per target: a message is not sent before the earlier ones to the same target have arrived.
 * 2. What is being sent is known to this life alone: after a restart it is sent again.
 */
import TinyQueue from 'tinyqueue'
import type { PostedMessage } from './execution/messages.ts'
import type { ReleaseItem } from './lease.ts'

/** Tells a queue that work is over, so that its worker stops. Without partition: where the execution offers its work. */
export interface ReleaseMessage {
  type: 'release'
  to: { queue: string; partition?: number }
  items: ReleaseItem[]
}

export type OutboxMessage = ReleaseMessage | PostedMessage

export interface OutboxEntry {
  id: number
  message: OutboxMessage
  attempts: number
  dueAt: number
}

export type OutboxChange =
  /** `payload`: JSON text of a value that no event holds. It is a row, and not kept in memory. */
  | { type: 'posted'; entry: OutboxEntry; payload?: string }
  | { type: 'delivered'; id: number }
  | { type: 'delivery-failed'; id: number; attempts: number; dueAt: number }

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** So many are on their way at once: each may carry a payload. */
const sendingMost = 64

export class Outbox {
  readonly #entries = new Map<number, OutboxEntry>()
  /** What waits for each target, oldest first. */
  readonly #lanes = new Map<string, Set<number>>()
  /** The first of each lane; may hold outdated entries. */
  readonly #due = new TinyQueue<{ id: number; dueAt: number }>([], (a, b) => a.dueAt - b.dueAt || a.id - b.id)
  readonly #sending = new Set<number>()
  #lastId: number

  /** Ids grow over restarts: a late answer to an older message is not taken for one to a newer. */
  constructor(now: number) {
    this.#lastId = now * 1_000
  }

  get size(): number {
    return this.#entries.size
  }

  get nextId(): number {
    return this.#lastId + 1
  }

  get(id: number): OutboxEntry | undefined {
    return this.#entries.get(id)
  }

  keys(): IterableIterator<number> {
    return this.#entries.keys()
  }

  values(): IterableIterator<OutboxEntry> {
    return this.#entries.values()
  }

  evolve(change: OutboxChange): void {
    switch (change.type) {
      case 'posted': {
        const { entry } = change
        const target = targetOf(entry.message)
        const lane = this.#lanes.get(target) ?? new Set<number>()
        this.#lastId = Math.max(this.#lastId, entry.id)
        this.#entries.set(entry.id, entry)
        this.#lanes.set(target, lane.add(entry.id))
        if (lane.size === 1) this.#due.push(entry)
        return
      }
      case 'delivered': {
        const entry = this.#entries.get(change.id)
        if (entry === undefined) return
        this.#entries.delete(change.id)
        this.#sending.delete(change.id)
        this.#leave(targetOf(entry.message), change.id)
        return
      }
      case 'delivery-failed': {
        const entry = this.#entries.get(change.id)
        if (entry === undefined) return
        const later = { ...entry, attempts: change.attempts, dueAt: change.dueAt }
        this.#entries.set(change.id, later)
        this.#sending.delete(change.id)
        this.#due.push(later)
      }
    }
  }

  /** Epoch ms of the earliest delivery, or undefined: nothing waits. What is on its way is due until it is answered. */
  get dueAt(): number | undefined {
    if (this.#sending.size > 0) return 0
    return this.#first()?.dueAt
  }

  /** Messages to be sent now; their answers are changes. */
  send(now: number): OutboxEntry[] {
    const entries: OutboxEntry[] = []
    while (this.#sending.size < sendingMost) {
      const first = this.#first()
      if (first === undefined || first.dueAt > now) break
      this.#due.pop()
      this.#sending.add(first.id)
      entries.push(first)
    }
    return entries
  }

  #first(): OutboxEntry | undefined {
    for (let head = this.#due.peek(); head !== undefined; head = this.#due.peek()) {
      const entry = this.#entries.get(head.id)
      if (entry !== undefined && entry.dueAt === head.dueAt && !this.#sending.has(head.id)) return entry
      this.#due.pop()
    }
    return undefined
  }

  #leave(target: string, id: number): void {
    const lane = this.#lanes.get(target)
    if (lane === undefined) return
    lane.delete(id)
    const [next] = lane
    const entry = next === undefined ? undefined : this.#entries.get(next)
    if (entry === undefined) this.#lanes.delete(target)
    else this.#due.push(entry)
  }
}

function targetOf(message: OutboxMessage): string {
  return message.type === 'release' ? `queue ${message.to.queue}/${message.to.partition ?? ''}` : `execution ${message.to}`
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
