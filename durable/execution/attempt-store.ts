/** Attempts that ended without ending their work. */
import type { AttemptEnded } from '../../engine/execution/change.ts'
import type { Schema } from './schema.ts'

type AttemptRow = {
  run: number
  work: string
  attempt: number
  after: number
  outcome: 'FAILED' | 'TIMED_OUT'
  started_at: number | null
  ended_at: number
  worker_id: string | null
  next_at: number
  failure: string
  last_heartbeat: string | null
  determinism: string | null
}

export class AttemptStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  insert(ended: AttemptEnded): void {
    this.#schema.need('attempts')
    this.#sql.exec(
      'INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ended.run,
      ended.work,
      ended.attempt,
      ended.after,
      ended.outcome,
      ended.startedAt ?? null,
      ended.endedAt,
      ended.workerId ?? null,
      ended.nextAt,
      ended.failure,
      ended.lastHeartbeat ?? null,
      ended.determinism ?? null,
    )
  }

  /** Of a run, or of one piece of its work, in the order in which they happened. */
  read(run: number, work?: string): AttemptEnded[] {
    if (!this.#schema.has('attempts')) return []
    const rows = this.#sql.exec<AttemptRow>(
      'SELECT * FROM attempts WHERE run = ? AND (?2 IS NULL OR work = ?2) ORDER BY after, ended_at, attempt',
      run,
      work ?? null,
    )
    return [...rows].map((row) => ({
      type: 'attempt-ended',
      run: row.run,
      work: row.work,
      attempt: row.attempt,
      after: row.after,
      outcome: row.outcome,
      ...(row.started_at !== null && { startedAt: row.started_at }),
      endedAt: row.ended_at,
      ...(row.worker_id !== null && { workerId: row.worker_id }),
      nextAt: row.next_at,
      failure: row.failure,
      ...(row.last_heartbeat !== null && { lastHeartbeat: row.last_heartbeat }),
      ...(row.determinism !== null && { determinism: row.determinism }),
    }))
  }
}
