/**
 * The tables of a queue, as named migrations: append only, never reordered, never edited. They run in the transaction of
 * the first write, so a queue that is only looked at leaves nothing on disk.
 */
export const migrations: readonly { name: string; sql: string }[] = [
  {
    name: '0001-offers',
    sql: `CREATE TABLE offers (
      execution_id TEXT NOT NULL, run INTEGER NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL, priority INTEGER NOT NULL,
      count INTEGER NOT NULL, since INTEGER NOT NULL, revision INTEGER NOT NULL,
      PRIMARY KEY (execution_id, run, type, kind, priority)) STRICT, WITHOUT ROWID`,
  },
  {
    name: '0002-sessions',
    sql: `CREATE TABLE sessions (
      session TEXT PRIMARY KEY, worker_id TEXT NOT NULL, build TEXT, workflows TEXT NOT NULL, tasks TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
  },
  {
    name: '0003-keeps',
    sql: `CREATE TABLE keeps (
      execution_id TEXT NOT NULL, run INTEGER NOT NULL, id TEXT NOT NULL, attempt INTEGER NOT NULL, type TEXT NOT NULL,
      token TEXT NOT NULL, session TEXT NOT NULL, worker_id TEXT NOT NULL, vouched INTEGER NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (execution_id, run, id, attempt)) STRICT, WITHOUT ROWID`,
  },
  {
    name: '0004-notes',
    sql: 'CREATE TABLE notes (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
  },
  {
    name: '0005-sessions-until',
    sql: 'ALTER TABLE sessions ADD COLUMN until INTEGER',
  },
  {
    name: '0006-offers-not-for',
    sql: 'ALTER TABLE offers ADD COLUMN not_for TEXT',
  },
]

const ledger = 'CREATE TABLE migrations (position INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT'

/** How many migrations have run. Throws when the disk knows others than these: it belongs to another version. */
export function migrationsDone(sql: SqlStorage): number {
  const [found] = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
  if (found === undefined) return 0
  const done = [...sql.exec<{ name: string }>('SELECT name FROM migrations ORDER BY position')]
  for (const [index, { name }] of done.entries()) {
    if (migrations[index]?.name !== name)
      throw new Error(`the queue's storage has migration ${name} at ${index}: not of this version`)
  }
  return done.length
}

/** Runs those that have not run; inside the caller's transaction. */
export function migrate(sql: SqlStorage, done: number): void {
  if (done === 0) sql.exec(ledger)
  for (const [index, { name, sql: statement }] of migrations.entries()) {
    if (index < done) continue
    sql.exec(statement)
    sql.exec('INSERT INTO migrations (position, name) VALUES (?, ?)', index, name)
  }
}
