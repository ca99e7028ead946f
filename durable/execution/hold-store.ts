/** Who has work that has been out for a while. */
import type { WorkHeld } from '../../engine/execution/change.ts'
import type { Holder } from '../../engine/lease.ts'
import type { Schema } from './schema.ts'

type HoldRow = {
  run: number
  id: string
  attempt: number
  holder: string
  started_at: number
  heartbeat: string | null
  renewed_at: number | null
}

export class HoldStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  put(hold: WorkHeld): void {
    this.#schema.need('holds')
    this.#sql.exec(
      `INSERT INTO holds (run, id, attempt, holder, started_at, heartbeat, renewed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET attempt = excluded.attempt, holder = excluded.holder, started_at = excluded.started_at,
         heartbeat = coalesce(excluded.heartbeat, heartbeat), renewed_at = excluded.renewed_at`,
      hold.run,
      hold.id,
      hold.attempt,
      JSON.stringify(hold.holder ?? null),
      hold.startedAt,
      hold.heartbeat ?? null,
      hold.renewedAt ?? null,
    )
  }

  delete(run: number, id: string): void {
    if (this.#schema.has('holds')) this.#sql.exec('DELETE FROM holds WHERE run = ? AND id = ?', run, id)
  }

  read(run: number): WorkHeld[] {
    if (!this.#schema.has('holds')) return []
    return [...this.#sql.exec<HoldRow>('SELECT * FROM holds WHERE run = ?', run)].map((row) => ({
      type: 'held',
      run: row.run,
      id: row.id,
      attempt: row.attempt,
      holder: (JSON.parse(row.holder) as Holder | null) ?? undefined,
      startedAt: row.started_at,
      ...(row.heartbeat !== null && { heartbeat: row.heartbeat }),
      ...(row.renewed_at !== null && { renewedAt: row.renewed_at }),
    }))
  }
}
