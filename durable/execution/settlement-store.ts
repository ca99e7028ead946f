/** Settlements of promises that the code has not made yet. */
import type { SettlementKept, SettlementTaken } from '../../engine/execution/change.ts'
import { positionOf } from './event-store.ts'
import type { Schema } from './schema.ts'

type SettlementRow = { name: string; outcome: 'RESOLVED' | 'REJECTED'; size: number }

export class SettlementStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  keep({ run, name, outcome, payload }: SettlementKept): void {
    this.#schema.need('settlements')
    this.#sql.exec(
      'INSERT INTO settlements (run, name, outcome, payload) VALUES (?, ?, ?, ?)',
      run,
      name,
      outcome,
      payload ?? null,
    )
  }

  /** Its payload moves into the event, which is there already: all of a turn is written in order. */
  take({ run, name, sequence }: SettlementTaken): void {
    this.#sql.exec(
      'UPDATE events SET payload = (SELECT payload FROM settlements WHERE run = ? AND name = ?) WHERE position = ?',
      run,
      name,
      positionOf(run, sequence),
    )
    this.#sql.exec('DELETE FROM settlements WHERE run = ? AND name = ?', run, name)
  }

  payload(run: number, name: string): string | undefined {
    if (!this.#schema.has('settlements')) return undefined
    const rows = this.#sql.exec<{ payload: string | null }>(
      'SELECT payload FROM settlements WHERE run = ? AND name = ?',
      run,
      name,
    )
    return rows.toArray()[0]?.payload ?? undefined
  }

  /** Without their payloads. */
  read(run: number): SettlementKept[] {
    if (!this.#schema.has('settlements')) return []
    return this.#sql
      .exec<SettlementRow>(
        'SELECT name, outcome, coalesce(length(payload), 0) AS size FROM settlements WHERE run = ? ORDER BY rowid',
        run,
      )
      .toArray()
      .map((row) => ({ type: 'settlement-kept', run, ...row }))
  }
}
