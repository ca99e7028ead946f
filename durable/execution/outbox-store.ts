/** Messages that must reach another object, and beside them the values that no event holds. */
import type { OutboxChange, OutboxEntry, OutboxMessage } from '../../engine/outbox.ts'
import type { Schema } from './schema.ts'

type OutboxRow = { id: number; message: string; attempts: number; due_at: number }

export class OutboxStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  write(change: OutboxChange): void {
    switch (change.type) {
      case 'posted': {
        this.#schema.need('outbox')
        const { id, message, attempts, dueAt } = change.entry
        this.#sql.exec(
          'INSERT INTO outbox (id, message, attempts, due_at) VALUES (?, ?, ?, ?)',
          id,
          JSON.stringify(message),
          attempts,
          dueAt,
        )
        if (change.payload === undefined) return
        this.#schema.need('outbox_payloads')
        this.#sql.exec('INSERT INTO outbox_payloads (id, payload) VALUES (?, ?)', id, change.payload)
        return
      }
      case 'delivered':
        this.#sql.exec('DELETE FROM outbox WHERE id = ?', change.id)
        if (this.#schema.has('outbox_payloads')) this.#sql.exec('DELETE FROM outbox_payloads WHERE id = ?', change.id)
        return
      case 'delivery-failed':
        this.#sql.exec('UPDATE outbox SET attempts = ?, due_at = ? WHERE id = ?', change.attempts, change.dueAt, change.id)
        return
    }
  }

  /** JSON text. */
  payload(id: number): string | undefined {
    if (!this.#schema.has('outbox_payloads')) return undefined
    const [row] = this.#sql.exec<{ payload: string }>('SELECT payload FROM outbox_payloads WHERE id = ?', id)
    return row?.payload
  }

  read(): OutboxEntry[] {
    if (!this.#schema.has('outbox')) return []
    return [...this.#sql.exec<OutboxRow>('SELECT * FROM outbox ORDER BY id')].map((row) => ({
      id: row.id,
      message: JSON.parse(row.message) as OutboxMessage,
      attempts: row.attempts,
      dueAt: row.due_at,
    }))
  }
}
