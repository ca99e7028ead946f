/** The tables of an index. They come with the first write, so an index that is only looked at leaves nothing on disk. */
import type { Migration } from '../migrations.ts'

export const migrations: readonly Migration[] = [
  {
    // Stored in the order in which it is listed. An execution is one row, and news of it one row written; attributes are
    // looked up in their JSON (docs/decisions/0015).
    name: '0001-executions',
    sql: `CREATE TABLE executions (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, sequence INTEGER NOT NULL, revision INTEGER NOT NULL,
      kind TEXT NOT NULL, queue TEXT NOT NULL, status TEXT NOT NULL, started_at INTEGER NOT NULL, closed_at INTEGER,
      parent_id TEXT, parent_run INTEGER, parent_child TEXT, attributes TEXT NOT NULL, problem TEXT, waiting TEXT NOT NULL,
      duty_at INTEGER, spread INTEGER NOT NULL, PRIMARY KEY (created_at, id)) STRICT, WITHOUT ROWID`,
  },
  {
    name: '0002-deleted',
    sql: `CREATE TABLE deleted (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL, sequence INTEGER NOT NULL, revision INTEGER NOT NULL,
      at INTEGER NOT NULL, PRIMARY KEY (created_at, id)) STRICT, WITHOUT ROWID`,
  },
]
