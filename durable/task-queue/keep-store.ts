/** Work that has been out for a while, under the session that has it. A row whose session has none is a loss to tell. */
import type { QueueAddress, WorkType } from '../../engine/lease.ts'
import type { Holding } from '../../engine/queue/holdings.ts'

type KeepRow = {
  execution_id: string
  run: number
  id: string
  attempt: number
  type: WorkType
  token: string
  session: string
  worker_id: string
  vouched: number
  at: number
}

export class KeepStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  put({ executionId, run, id, attempt, type, token, holder, vouched, at }: Holding): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO keeps (execution_id, run, id, attempt, type, token, session, worker_id, vouched, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      executionId,
      run,
      id,
      attempt,
      type,
      token,
      holder.session,
      holder.workerId,
      vouched ? 1 : 0,
      at,
    )
  }

  /** Only under its session: another may have it by now. */
  delete({ executionId, run, id, attempt, holder }: Holding): void {
    this.#sql.exec(
      'DELETE FROM keeps WHERE execution_id = ? AND run = ? AND id = ? AND attempt = ? AND session = ?',
      executionId,
      run,
      id,
      attempt,
      holder.session,
    )
  }

  read(address: QueueAddress): Holding[] {
    return [...this.#sql.exec<KeepRow>('SELECT * FROM keeps')].map((row) => ({
      executionId: row.execution_id,
      run: row.run,
      type: row.type,
      id: row.id,
      attempt: row.attempt,
      token: row.token,
      holder: { ...address, session: row.session, workerId: row.worker_id },
      vouched: row.vouched === 1,
      kept: true,
      at: row.at,
    }))
  }
}
