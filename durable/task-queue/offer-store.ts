/** Offers that wait. Their counts may lag behind: a claim tells the true one. */

import type { WorkType } from '../../engine/lease.ts'
import type { OfferKey, WaitingOffer } from '../../engine/queue/backlog.ts'

type OfferRow = {
  execution_id: string
  run: number
  type: WorkType
  kind: string
  priority: number
  count: number
  since: number
  revision: number
  /** JSON text. */
  not_for: string | null
}

export class OfferStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  put({ executionId, run, type, kind, priority, count, since, revision, not }: WaitingOffer): void {
    this.#sql.exec(
      `INSERT INTO offers (execution_id, run, type, kind, priority, count, since, revision, not_for)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = excluded.count, since = excluded.since, revision = excluded.revision,
         not_for = excluded.not_for`,
      executionId,
      run,
      type,
      kind,
      priority,
      count,
      since,
      revision,
      not === undefined ? null : JSON.stringify(not),
    )
  }

  delete({ executionId, run, type, kind, priority }: OfferKey): void {
    this.#sql.exec(
      'DELETE FROM offers WHERE execution_id = ? AND run = ? AND type = ? AND kind = ? AND priority = ?',
      executionId,
      run,
      type,
      kind,
      priority,
    )
  }

  read(): WaitingOffer[] {
    return [...this.#sql.exec<OfferRow>('SELECT * FROM offers')].map(({ execution_id, not_for, ...row }) => ({
      executionId: execution_id,
      ...row,
      ...(not_for !== null && { not: JSON.parse(not_for) as string[] }),
      storedCount: row.count,
    }))
  }
}
