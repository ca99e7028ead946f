/** Idempotency keys of requests that changed this execution, and what they were answered: kept for 24 h. */
import type { Schema } from './schema.ts'

const keptMs = 86_400_000

/** A request that was done. */
export interface DoneRequest {
  key: string
  bodyHash: string
  /** JSON text. */
  answer: string
}

export class IdempotencyStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  find(key: string, now: number): DoneRequest | undefined {
    if (!this.#schema.has('idempotency')) return undefined
    const [row] = this.#sql
      .exec<{ body_hash: string; answer: string | null }>(
        'SELECT body_hash, answer FROM idempotency WHERE key = ? AND at > ?',
        key,
        now - keptMs,
      )
      .toArray()
    return row && { key, bodyHash: row.body_hash, answer: row.answer ?? 'null' }
  }

  /** Inside the transaction of what the request changed. */
  keep({ key, bodyHash, answer }: DoneRequest, now: number): void {
    this.#schema.need('idempotency')
    this.#sql.exec('DELETE FROM idempotency WHERE at <= ?', now - keptMs)
    this.#sql.exec(
      'INSERT OR REPLACE INTO idempotency (key, body_hash, at, answer) VALUES (?, ?, ?, ?)',
      key,
      bodyHash,
      now,
      answer,
    )
  }
}
