/** The tables of a queue. They come with the first write, so a queue that is only looked at leaves nothing on disk. */
import type { Migration } from '../migrations.ts'

export const migrations: readonly Migration[] = [
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
