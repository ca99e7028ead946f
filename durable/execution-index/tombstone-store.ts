/**
 * Executions that were deleted a moment ago: news that was under way then must not bring them back. A message does not
 * travel for longer than they are remembered.
 */
import type { Place } from '../../engine/index/page.ts'
import type { Version } from '../../engine/index/summary.ts'
import type { Sql } from '../sql.ts'

const rememberMs = 60_000

type StoneRow = { created_at: number; run: number; sequence: number; revision: number }

export class TombstoneStore {
  readonly #sql: Sql
  #prunedAt = Number.NEGATIVE_INFINITY

  constructor(sql: Sql) {
    this.#sql = sql
  }

  put(id: string, { createdAt, run, sequence, revision }: Version, now: number): void {
    // All of the last minute are read for it, so not each time.
    if (this.#prunedAt + rememberMs <= now) {
      this.#sql.exec('DELETE FROM deleted WHERE at <= ?', now - rememberMs)
      this.#prunedAt = now
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO deleted (created_at, id, run, sequence, revision, at) VALUES (?, ?, ?, ?, ?, ?)',
      createdAt,
      id,
      run,
      sequence,
      revision,
      now,
    )
  }

  /** The version that was deleted. */
  find({ createdAt, id }: Place): Version | undefined {
    const [row] = this.#sql.exec<StoneRow>('SELECT * FROM deleted WHERE created_at = ? AND id = ?', createdAt, id)
    return row && { createdAt: row.created_at, run: row.run, sequence: row.sequence, revision: row.revision }
  }
}
