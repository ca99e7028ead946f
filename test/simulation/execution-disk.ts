/** What an execution has on disk, in memory: the same rows that `durable/execution` writes. */

import type { WorkSource } from '../../durable/execution/parcels.ts'
import type { AttemptEnded, DurableChange, SettlementKept, WorkHeld } from '../../engine/execution/change.ts'
import { closedStatusOf } from '../../engine/execution/closed-status.ts'
import type { PayloadSource } from '../../engine/execution/draft.ts'
import type { EventRow, LogEvent } from '../../engine/execution/log-event.ts'
import type { Recorded } from '../../engine/execution/restore.ts'
import type { PastRun } from '../../engine/execution/retention.ts'
import type { OutboxEntry } from '../../engine/outbox.ts'

export interface Head {
  org: string
  executionId: string
  secret: string
  run: number
  createdAt: number
}

export class ExecutionDisk implements WorkSource, PayloadSource {
  head: Head | undefined
  readonly runs = new Map<number, LogEvent[]>()
  readonly attempts: AttemptEnded[] = []
  readonly holds = new Map<string, WorkHeld>()
  readonly settlements = new Map<string, SettlementKept>()
  readonly outbox = new Map<number, OutboxEntry>()
  /** Values of messages. */
  readonly posted = new Map<number, string>()
  readonly #pageEvents: number
  readonly events: WorkSource['events'] = {
    page: (run, after, until, limit) =>
      this.log(run)
        .filter(({ sequence }) => sequence > after && sequence <= until)
        .slice(0, Math.min(limit, this.#pageEvents))
        .map(rowOf),
    payload: (run, sequence) => this.log(run).find((event) => event.sequence === sequence)?.payload,
  }

  /** So many events are read at once at most. */
  constructor(pageEvents: number) {
    this.#pageEvents = pageEvents
  }

  payloadOf(id: number): string | undefined {
    return this.posted.get(id)
  }

  payload(run: number, sequence: number): string | undefined {
    return this.events.payload(run, sequence)
  }

  settlement(run: number, name: string): string | undefined {
    return this.settlements.get(`${run} ${name}`)?.payload
  }

  log(run: number): LogEvent[] {
    return this.runs.get(run) ?? []
  }

  write(change: DurableChange): void {
    switch (change.type) {
      case 'event': {
        const { event } = change
        this.runs.set(event.run, [...this.log(event.run), event])
        return
      }
      case 'attempt-ended':
        this.attempts.push(change)
        return
      case 'held': {
        const key = `${change.run} ${change.id}`
        const heartbeat = change.heartbeat ?? this.holds.get(key)?.heartbeat
        this.holds.set(key, { ...change, ...(heartbeat !== undefined && { heartbeat }) })
        return
      }
      case 'hold-ended':
        this.holds.delete(`${change.run} ${change.id}`)
        return
      case 'settlement-kept':
        this.settlements.set(`${change.run} ${change.name}`, change)
        return
      case 'settlement-taken': {
        const key = `${change.run} ${change.name}`
        const event = this.log(change.run).find(({ sequence }) => sequence === change.sequence)
        const payload = this.settlements.get(key)?.payload
        if (event !== undefined && payload !== undefined) event.payload = payload
        this.settlements.delete(key)
        return
      }
      case 'posted':
        this.outbox.set(change.entry.id, change.entry)
        if (change.payload !== undefined) this.posted.set(change.entry.id, change.payload)
        return
      case 'delivered':
        this.outbox.delete(change.id)
        this.posted.delete(change.id)
        return
      case 'delivery-failed': {
        const { id, attempts, dueAt } = change
        const entry = this.outbox.get(id)
        if (entry !== undefined) this.outbox.set(id, { ...entry, attempts, dueAt })
      }
    }
  }

  /** The first run that is there. */
  oldest(): number | undefined {
    return this.runs.size === 0 ? undefined : Math.min(...this.runs.keys())
  }

  /** The runs before this one, the latest first. */
  *before(latest: number): Generator<PastRun> {
    const past = [...this.runs].filter(([run]) => run < latest).sort(([a], [b]) => b - a)
    for (const [run, log] of past) {
      const [first, last] = [log[0], log.at(-1)]
      const status = last && closedStatusOf(last.type)
      if (first === undefined || last === undefined || status === undefined) continue
      yield { run, status, startedAt: first.at, closedAt: last.at, lastSequence: last.sequence }
    }
  }

  dropRun(run: number): void {
    this.runs.delete(run)
  }

  clear(): void {
    this.head = undefined
    for (const rows of [this.runs, this.holds, this.settlements, this.outbox, this.posted]) rows.clear()
    this.attempts.length = 0
  }

  /** As it is read when the object starts: without authors' values. */
  recorded({ org, executionId, createdAt, run }: Head): Recorded {
    return {
      org,
      executionId,
      createdAt,
      events: this.log(run).map(({ payload, ...event }) => ({ event: event as LogEvent, size: payload?.length ?? 0 })),
      attempts: this.attempts
        .filter((ended) => ended.run === run)
        .sort((a, b) => a.after - b.after || a.endedAt - b.endedAt || a.attempt - b.attempt),
      holds: [...this.holds.values()].filter((hold) => hold.run === run),
      settlements: [...this.settlements.values()].filter((kept) => kept.run === run).map(({ payload: _, ...kept }) => kept),
      outbox: [...this.outbox.values()],
    }
  }
}

export const rowOf = ({ sequence, type, at, data, payload }: LogEvent): EventRow => ({
  sequence,
  type,
  at,
  data: JSON.stringify(data),
  payload: payload ?? null,
})
