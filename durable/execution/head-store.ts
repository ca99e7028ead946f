/** The one row that says what this object is. */
import { birthVersion, type Schema } from './schema.ts'

export interface Head {
  org: string
  executionId: string
  /** Signs tokens. */
  secret: string
  run: number
  createdAt: number
}

type HeadRow = { org: string; execution_id: string; version: number; secret: string; run: number; created_at: number }

export class HeadStore {
  readonly #sql: SqlStorage
  readonly #schema: Schema

  constructor(sql: SqlStorage, schema: Schema) {
    this.#sql = sql
    this.#schema = schema
  }

  read(): Head | undefined {
    if (!this.#schema.has('head')) return undefined
    const [row] = this.#sql.exec<HeadRow>('SELECT * FROM head').toArray()
    if (row === undefined) return undefined
    const version = this.#schema.upgrade(row.version)
    if (version !== row.version) this.#sql.exec('UPDATE head SET version = ?', version)
    return { org: row.org, executionId: row.execution_id, secret: row.secret, run: row.run, createdAt: row.created_at }
  }

  create(head: Head): void {
    this.#schema.need('head')
    this.#sql.exec(
      'INSERT INTO head (id, org, execution_id, version, secret, run, created_at) VALUES (1, ?, ?, ?, ?, ?, ?)',
      head.org,
      head.executionId,
      birthVersion,
      head.secret,
      head.run,
      head.createdAt,
    )
  }

  setRun(run: number): void {
    this.#sql.exec('UPDATE head SET run = ?', run)
  }
}
