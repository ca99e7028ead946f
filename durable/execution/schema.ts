/**
 * The tables of an execution. Two exist from birth, in the transaction of the first event; the others when first needed,
 * because each costs rows. `upgrades` changes tables that exist: append only; `head.version` says which have run.
 */
const tables = {
  head: `CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1), org TEXT NOT NULL, execution_id TEXT NOT NULL, version INTEGER NOT NULL,
    secret TEXT NOT NULL, run INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT`,
  // position = run * 2^32 + sequence: one integer key, so an event is one row written.
  events: `CREATE TABLE events (
    position INTEGER PRIMARY KEY, type TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL, note TEXT, payload TEXT) STRICT`,
  attempts: `CREATE TABLE attempts (
    run INTEGER NOT NULL, work TEXT NOT NULL, attempt INTEGER NOT NULL, after INTEGER NOT NULL, outcome TEXT NOT NULL,
    started_at INTEGER, ended_at INTEGER NOT NULL, worker_id TEXT, next_at INTEGER NOT NULL, failure TEXT NOT NULL,
    last_heartbeat TEXT, determinism TEXT, PRIMARY KEY (run, work, attempt)) STRICT, WITHOUT ROWID`,
  misfits: `CREATE TABLE misfits (
    run INTEGER NOT NULL, attempt INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY (run, attempt)) STRICT, WITHOUT ROWID`,
  holds: `CREATE TABLE holds (
    run INTEGER NOT NULL, id TEXT NOT NULL, attempt INTEGER NOT NULL, holder TEXT NOT NULL, started_at INTEGER NOT NULL,
    heartbeat TEXT, renewed_at INTEGER, PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID`,
  settlements: `CREATE TABLE settlements (
    run INTEGER NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL, payload TEXT, PRIMARY KEY (run, name)) STRICT`,
  outbox: `CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, message TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL) STRICT`,
  outbox_payloads: `CREATE TABLE outbox_payloads (id INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT`,
  idempotency: `CREATE TABLE idempotency (
    key TEXT PRIMARY KEY, body_hash TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT) STRICT, WITHOUT ROWID`,
} as const

export type Table = keyof typeof tables

/**
 * Named, never reordered, never edited: a new change is a new line at the end. One that is not there yet will be created as
 * it is above.
 */
export const upgrades: readonly { name: string; table: Table; sql: string }[] = [
  { name: 'idempotency-answers', table: 'idempotency', sql: 'ALTER TABLE idempotency ADD COLUMN answer TEXT' },
  { name: 'holds-renewed', table: 'holds', sql: 'ALTER TABLE holds ADD COLUMN renewed_at INTEGER' },
]

export class Schema {
  readonly #sql: SqlStorage
  readonly #present = new Set<string>()

  constructor(sql: SqlStorage) {
    this.#sql = sql
    for (const row of sql.exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`))
      this.#present.add(row.name)
  }

  has(table: Table): boolean {
    return this.#present.has(table)
  }

  /** Creates the table if this is its first use; inside the transaction that uses it. */
  need(table: Table): void {
    if (this.#present.has(table)) return
    this.#sql.exec(tables[table])
    this.#present.add(table)
  }

  /** Brings tables of an older version up to now. Those of a newer one are not ours to touch. */
  upgrade(version: number): number {
    if (version > birthVersion)
      throw new Error(`the execution's storage has version ${version}, this service knows ${birthVersion}`)
    for (const { table, sql } of upgrades.slice(version - 1)) if (this.has(table)) this.#sql.exec(sql)
    return upgrades.length + 1
  }
}

export const birthVersion = upgrades.length + 1
