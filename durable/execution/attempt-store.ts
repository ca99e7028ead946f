/** Attempts that ended without ending their work, and whose code it was that did not fit the log. */
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
  misfit: string | null
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
    if (ended.misfit === undefined) return
    this.#schema.need('misfits')
    this.#sql.exec('INSERT INTO misfits VALUES (?, ?, ?)', ended.run, ended.attempt, ended.misfit)
  }

  /** Of a run, or of one piece of its work, in the order in which they happened. */
  read(run: number, work?: string): AttemptEnded[] {
    if (!this.#schema.has('attempts')) return []
    const misfit = this.#schema.has('misfits')
      ? "(SELECT code FROM misfits WHERE work = 'activation' AND misfits.run = a.run AND misfits.attempt = a.attempt)"
      : 'NULL'
    const rows = this.#sql.exec<AttemptRow>(
      `SELECT *, ${misfit} AS misfit FROM attempts AS a WHERE run = ?1 AND (?2 IS NULL OR work = ?2)
       ORDER BY after, ended_at, attempt`,
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
      ...(row.misfit !== null && { misfit: row.misfit }),
    }))
  }
}
