/** Messages that must reach another object. */
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
        return
      }
      case 'delivered':
        this.#sql.exec('DELETE FROM outbox WHERE id = ?', change.id)
        return
      case 'delivery-failed':
        this.#sql.exec('UPDATE outbox SET attempts = ?, due_at = ? WHERE id = ?', change.attempts, change.dueAt, change.id)
        return
    }
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
