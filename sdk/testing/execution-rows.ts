/** What an execution has on disk, in memory: what is not in here is lost when it is evicted. */
import type { AttemptEnded, DurableChange, SettlementKept, WorkHeld } from '../../engine/execution/change.ts'
import type { PayloadSource } from '../../engine/execution/draft.ts'
import { type EventRow, eventText, type LogEvent } from '../../engine/execution/log-event.ts'
import type { MessageSource } from '../../engine/execution/messages.ts'
import type { Recorded } from '../../engine/execution/restore.ts'
import type { ViewSource } from '../../engine/execution/views.ts'
import type { WorkLog } from '../../engine/execution/work-text.ts'
import type { OutboxEntry } from '../../engine/outbox.ts'
import type { HistoryEvent } from '../../schemas/events.ts'

export interface ExecutionHead {
  org: string
  executionId: string
  createdAt: number
  run: number
}

type NotedRow = EventRow & { note: string | null }

export class ExecutionRows implements ViewSource, WorkLog, MessageSource, PayloadSource {
  head: ExecutionHead | undefined
  readonly #logs = new Map<number, LogEvent[]>()
  readonly #attempts: AttemptEnded[] = []
  readonly #holds = new Map<string, WorkHeld>()
  readonly #settlements = new Map<string, SettlementKept>()
  readonly #outbox = new Map<number, OutboxEntry>()
  /** Values of messages that no event holds. */
  readonly #posted = new Map<number, string>()

  readonly attempts: ViewSource['attempts'] = {
    read: (run, work) => this.#attempts.filter((ended) => ended.run === run && (work === undefined || ended.work === work)),
  }

  readonly events: ViewSource['events'] & WorkLog['events'] = {
    one: (run, sequence) => this.#rows(run, sequence - 1, sequence)[0],
    page: (run, after, until, limit) => this.#rows(run, after, until).slice(0, limit),
    payload: (run, sequence) => this.log(run)[sequence - 1]?.payload,
    ofTask: (run, taskId) =>
      this.log(run)
        .filter(({ type, data }) => type.startsWith('TASK_') && 'taskId' in data && data.taskId === taskId)
        .map(rowOf),
    scheduledTasks: (run, after, limit) =>
      this.#rows(run, after, Number.POSITIVE_INFINITY)
        .filter(({ type }) => type === 'TASK_SCHEDULED')
        .slice(0, limit),
    ofChildren: (run) =>
      this.log(run)
        .filter(({ type }) => type.startsWith('CHILD_WORKFLOW_'))
        .map(rowOf),
  }

  payload(run: number, sequence: number): string | undefined {
    return this.log(run)[sequence - 1]?.payload
  }

  settlement(run: number, name: string): string | undefined {
    return this.#settlements.get(`${run} ${name}`)?.payload
  }

  /** The value that was posted with a message, as JSON text. */
  payloadOf(id: number): string | undefined {
    return this.#posted.get(id)
  }

  /** The log of a run: sequence n is at place n − 1. */
  log(run: number): readonly LogEvent[] {
    return this.#logs.get(run) ?? []
  }

  /** Events in (after, until], as readers get them. */
  history(run: number, after = 0, until = Number.POSITIVE_INFINITY): HistoryEvent[] {
    return this.#rows(run, after, until).map((row) => JSON.parse(eventText(row)))
  }

  write(change: DurableChange): void {
    switch (change.type) {
      case 'event': {
        const { event } = change
        const log = this.#logs.get(event.run)
        if (log === undefined) this.#logs.set(event.run, [event])
        else log.push(event)
        return
      }
      case 'attempt-ended':
        this.#attempts.push(change)
        return
      case 'held': {
        const key = `${change.run} ${change.id}`
        const heartbeat = change.heartbeat ?? this.#holds.get(key)?.heartbeat
        this.#holds.set(key, { ...change, ...(heartbeat !== undefined && { heartbeat }) })
        return
      }
      case 'hold-ended':
        this.#holds.delete(`${change.run} ${change.id}`)
        return
      case 'settlement-kept':
        this.#settlements.set(`${change.run} ${change.name}`, change)
        return
      case 'settlement-taken': {
        const { run, name, sequence } = change
        const kept = this.#settlements.get(`${run} ${name}`)
        const event = this.log(run)[sequence - 1]
        if (event !== undefined && kept?.payload !== undefined) event.payload = kept.payload
        this.#settlements.delete(`${run} ${name}`)
        return
      }
      case 'posted':
        this.#outbox.set(change.entry.id, change.entry)
        if (change.payload !== undefined) this.#posted.set(change.entry.id, change.payload)
        return
      case 'delivered':
        this.#outbox.delete(change.id)
        this.#posted.delete(change.id)
        return
      case 'delivery-failed': {
        const { id, attempts, dueAt } = change
        const entry = this.#outbox.get(id)
        if (entry !== undefined) this.#outbox.set(id, { ...entry, attempts, dueAt })
      }
    }
  }

  /** As it is read when the execution comes back. */
  recorded({ org, executionId, createdAt, run }: ExecutionHead): Recorded {
    return {
      org,
      executionId,
      createdAt,
      events: this.log(run).map((event) => ({ event, size: event.payload?.length ?? 0 })),
      attempts: this.#attempts
        .filter((ended) => ended.run === run)
        .sort((a, b) => a.after - b.after || a.endedAt - b.endedAt || a.attempt - b.attempt),
      holds: [...this.#holds.values()].filter((hold) => hold.run === run),
      settlements: [...this.#settlements.values()].filter((kept) => kept.run === run),
      outbox: [...this.#outbox.values()],
    }
  }

  #rows(run: number, after: number, until: number): NotedRow[] {
    return this.log(run).slice(after, until).map(rowOf)
  }
}

const rowOf = ({ sequence, type, at, data, payload, note }: LogEvent): NotedRow => ({
  sequence,
  type,
  at,
  data: JSON.stringify(data),
  payload: payload ?? null,
  note: note === undefined ? null : JSON.stringify(note),
})
