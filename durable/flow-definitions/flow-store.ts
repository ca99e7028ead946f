/** The versions of flows: one row each, never changed. */
import type { FlowPin } from '../../engine/flow/definition.ts'
import type { FlowSummary } from '../../schemas/flow/saving.ts'
import type { Migration } from '../migrations.ts'
import type { Sql } from '../sql.ts'
import type { FlowToSave } from './port.ts'

export const migrations: readonly Migration[] = [
  {
    // Texts may be large: they stand apart from what is listed.
    name: '0001-flows',
    sql: `CREATE TABLE versions (
      name TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, saved_at INTEGER NOT NULL,
      PRIMARY KEY (name, version)) STRICT, WITHOUT ROWID;
      CREATE TABLE texts (name TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, definition TEXT NOT NULL,
      PRIMARY KEY (name, version)) STRICT`,
  },
]

type VersionRow = { name: string; version: number; hash: string; saved_at: number }

export class FlowStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  add({ name, version, hash, source, definition }: FlowToSave & { version: number }, savedAt: number): void {
    this.#sql.exec('INSERT INTO versions (name, version, hash, saved_at) VALUES (?, ?, ?, ?)', name, version, hash, savedAt)
    this.#sql.exec('INSERT INTO texts (name, version, source, definition) VALUES (?, ?, ?, ?)', name, version, source, definition)
  }

  find(name: string, version?: number): FlowSummary | undefined {
    const [row] =
      version === undefined
        ? this.#sql.exec<VersionRow>('SELECT * FROM versions WHERE name = ? ORDER BY version DESC LIMIT 1', name)
        : this.#sql.exec<VersionRow>('SELECT * FROM versions WHERE name = ? AND version = ?', name, version)
    return row === undefined ? undefined : read(row)
  }

  source({ name, version }: FlowSummary): string {
    const [row] = this.#sql.exec<{ source: string }>('SELECT source FROM texts WHERE name = ? AND version = ?', name, version)
    return row?.source ?? ''
  }

  pin({ name, version, hash }: FlowSummary): FlowPin {
    const [row] = this.#sql.exec<{ definition: string }>(
      'SELECT definition FROM texts WHERE name = ? AND version = ?',
      name,
      version,
    )
    if (row === undefined) throw new Error(`flow ${name}@${version} has no text`)
    return { name, version, hash, definition: row.definition }
  }

  /** Newest first. */
  versionsOf(name: string, limit: number): FlowSummary[] {
    const rows = this.#sql.exec<VersionRow>('SELECT * FROM versions WHERE name = ? ORDER BY version DESC LIMIT ?', name, limit)
    return [...rows].map(read)
  }

  /** The latest version of each. */
  latest(limit: number, after: string): FlowSummary[] {
    const rows = this.#sql.exec<VersionRow>(
      `SELECT name, max(version) AS version, hash, saved_at FROM versions WHERE name > ? GROUP BY name ORDER BY name LIMIT ?`,
      after,
      limit,
    )
    return [...rows].map(read)
  }
}

const read = ({ name, version, hash, saved_at: savedAt }: VersionRow): FlowSummary => ({ name, version, hash, savedAt })
