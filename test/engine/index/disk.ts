/** An index's table in SQLite on Node: the same statements as in the object, without the platform. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { migrations } from '../../../durable/execution-index/schema.ts'
import { SummaryStore } from '../../../durable/execution-index/summary-store.ts'
import type { Sql } from '../../../durable/sql.ts'
import type { Summary } from '../../../engine/index/summary.ts'

export function emptyIndex(): { sql: Sql; store: SummaryStore; database: DatabaseSync } {
  const database = new DatabaseSync(':memory:')
  for (const { sql } of migrations) database.exec(sql)
  const exec = <Row>(query: string, ...bindings: SQLInputValue[]): Row[] =>
    database.prepare(query).all(...bindings) as unknown as Row[]
  const sql: Sql = { exec }
  return { sql, store: new SummaryStore(sql), database }
}

export const summary = (id: string, change: Partial<Summary> = {}): Summary => ({
  id,
  createdAt: 1_000,
  run: 1,
  sequence: 1,
  revision: 1,
  kind: 'order',
  queue: 'default',
  status: 'WAITING',
  startedAt: 1_000,
  attributes: {},
  waiting: [],
  ...change,
})
