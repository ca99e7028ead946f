/** The log: one row an event, found by position. It parses no payload; readers get the stored text. */
import type { EventRow, LogEvent } from '../../engine/execution/log-event.ts'
import type { Schema } from './schema.ts'

const runSize = 2 ** 32
export const positionOf = (run: number, sequence: number): number => run * runSize + sequence

type StoredRow = { position: number; type: string; at: number; data: string; payload: string | null }
type MetaRow = { position: number; type: string; at: number; data: string; note: string | null; size: number }

export class EventStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema
  /** Values of this turn's events, which are mostly handed out in the same turn. */
  readonly #fresh = new Map<number, string>()

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  append(event: LogEvent): void {
    this.#schema.need('events')
    this.#sql.exec(
      'INSERT INTO events (position, type, at, data, note, payload) VALUES (?, ?, ?, ?, ?, ?)',
      positionOf(event.run, event.sequence),
      event.type,
      event.at,
      JSON.stringify(event.data),
      event.note === undefined ? null : JSON.stringify(event.note),
      event.payload ?? null,
    )
    if (event.payload !== undefined) this.#fresh.set(positionOf(event.run, event.sequence), event.payload)
  }

  /** The turn is over: values are on disk only. */
  forgetFresh(): void {
    this.#fresh.clear()
  }

  /** The log of a run without its payloads, in order. */
  *read(run: number): Generator<{ event: LogEvent; size: number }> {
    const rows = this.#sql.exec<MetaRow>(
      'SELECT position, type, at, data, note, coalesce(length(payload), 0) AS size FROM events WHERE position >= ? AND position < ? ORDER BY position',
      positionOf(run, 0),
      positionOf(run + 1, 0),
    )
    for (const row of rows) {
      const note = row.note === null ? {} : { note: JSON.parse(row.note) }
      const event = {
        run,
        sequence: row.position % runSize,
        type: row.type,
        at: row.at,
        data: JSON.parse(row.data),
        ...note,
      } as LogEvent
      yield { event, size: row.size }
    }
  }

  /** Events after `after` up to `until`, at most `limit` and about `bytes`; at least one if there is one. */
  page(run: number, after: number, until: number, limit: number, bytes: number): EventRow[] {
    const rows: EventRow[] = []
    let size = 0
    for (const row of this.#sql.exec<StoredRow>(
      'SELECT position, type, at, data, payload FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
      positionOf(run, after),
      positionOf(run, until),
      limit,
    )) {
      size += row.data.length + (row.payload?.length ?? 0) + 80
      if (size > bytes && rows.length > 0) break
      rows.push({ sequence: row.position % runSize, type: row.type, at: row.at, data: row.data, payload: row.payload })
    }
    return rows
  }

  /** The stored value of one event, as JSON text. */
  payload(run: number, sequence: number): string | undefined {
    return this.#fresh.get(positionOf(run, sequence)) ?? this.one(run, sequence)?.payload ?? undefined
  }

  one(run: number, sequence: number): EventRow | undefined {
    const [row] = this.page(run, sequence - 1, sequence, 1, Number.POSITIVE_INFINITY)
    return row
  }

  /** The last event of a run; undefined when nothing is left of it. */
  last(run: number): { sequence: number; type: string } | undefined {
    const [row] = this.#sql.exec<{ position: number; type: string }>(
      'SELECT position, type FROM events WHERE position >= ? AND position < ? ORDER BY position DESC LIMIT 1',
      positionOf(run, 0),
      positionOf(run + 1, 0),
    )
    return row && { sequence: row.position % runSize, type: row.type }
  }

  /** The events that speak of one task, in order, with their notes. */
  ofTask(run: number, taskId: string): (EventRow & { note: string | null })[] {
    return this.#sql
      .exec<StoredRow & { note: string | null }>(
        `SELECT position, type, at, data, payload, note FROM events
         WHERE position >= ? AND position < ? AND type GLOB 'TASK_*' AND data ->> 'taskId' = ? ORDER BY position`,
        positionOf(run, 0),
        positionOf(run + 1, 0),
        taskId,
      )
      .toArray()
      .map((row) => ({
        sequence: row.position % runSize,
        type: row.type,
        at: row.at,
        data: row.data,
        payload: row.payload,
        note: row.note,
      }))
  }

  /** The events that speak of children, in order. */
  ofChildren(run: number): { type: string; data: string }[] {
    return this.#sql
      .exec<{ type: string; data: string }>(
        `SELECT type, data FROM events WHERE position >= ? AND position < ? AND type GLOB 'CHILD_WORKFLOW_*' ORDER BY position`,
        positionOf(run, 0),
        positionOf(run + 1, 0),
      )
      .toArray()
  }

  /** The tasks of a run in the order of their calls. */
  scheduledTasks(run: number, after: number, limit: number): { sequence: number; data: string }[] {
    const rows = this.#sql.exec<{ position: number; data: string }>(
      `SELECT position, data FROM events WHERE position > ? AND position < ? AND type = 'TASK_SCHEDULED' ORDER BY position LIMIT ?`,
      positionOf(run, after),
      positionOf(run + 1, 0),
      limit,
    )
    return [...rows].map((row) => ({ sequence: row.position % runSize, data: row.data }))
  }
}
