/** The runs of an execution, as far as they are on disk. */
import { closedStatusOf } from '../../engine/execution/closed-status.ts'
import type { PastRun } from '../../engine/execution/retention.ts'
import type { Schema } from './schema.ts'

const runSize = 2 ** 32

type EdgeRow = { position: number; type: string; at: number }

/** Beside the log: tables whose rows belong to a run. */
const tables = ['attempts', 'misfits', 'holds', 'settlements'] as const

export class RunStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  /** The runs before this one, the latest first. */
  *before(latest: number): Generator<PastRun> {
    let run = latest
    for (let last = this.#lastBefore(run); last !== undefined; last = this.#lastBefore(run)) {
      run = Math.floor(last.position / runSize)
      const [first] = this.#sql.exec<{ at: number }>('SELECT at FROM events WHERE position = ?', run * runSize + 1)
      const status = closedStatusOf(last.type)
      if (status === undefined || first === undefined) continue
      yield { run, status, startedAt: first.at, closedAt: last.at, lastSequence: last.position % runSize }
    }
  }

  oldest(): number | undefined {
    if (!this.#schema.has('events')) return undefined
    const [first] = this.#sql.exec<{ position: number }>('SELECT position FROM events ORDER BY position LIMIT 1')
    return first && Math.floor(first.position / runSize)
  }

  /** Inside the caller's transaction: a run goes whole. */
  drop(run: number): void {
    this.#sql.exec('DELETE FROM events WHERE position >= ? AND position < ?', run * runSize, (run + 1) * runSize)
    for (const table of tables) if (this.#schema.has(table)) this.#sql.exec(`DELETE FROM ${table} WHERE run = ?`, run)
  }

  #lastBefore(run: number): EdgeRow | undefined {
    const [row] = this.#sql.exec<EdgeRow>(
      'SELECT position, type, at FROM events WHERE position < ? ORDER BY position DESC LIMIT 1',
      run * runSize,
    )
    return row
  }
}
