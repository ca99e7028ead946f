/** Idempotency keys of requests that changed this execution: kept for 24 h. */
import type { Idempotency } from '../ports.ts'
import type { Schema } from './schema.ts'

const keptMs = 86_400_000

export class IdempotencyStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  look({ key, bodyHash }: Idempotency, now: number): 'new' | 'same' | 'other' {
    if (!this.#schema.has('idempotency')) return 'new'
    const [row] = this.#sql
      .exec<{ body_hash: string }>('SELECT body_hash FROM idempotency WHERE key = ? AND at > ?', key, now - keptMs)
      .toArray()
    if (row === undefined) return 'new'
    return row.body_hash === bodyHash ? 'same' : 'other'
  }

  /** Inside the transaction of what the request changed. */
  keep({ key, bodyHash }: Idempotency, now: number): void {
    this.#schema.need('idempotency')
    this.#sql.exec('DELETE FROM idempotency WHERE at <= ?', now - keptMs)
    this.#sql.exec('INSERT OR REPLACE INTO idempotency (key, body_hash, at) VALUES (?, ?, ?)', key, bodyHash, now)
  }
}
