/** The summaries of executions: one row each, in the order in which they are listed. */

import type { Condition } from '../../engine/index/condition.ts'
import type { Place, ShardPage } from '../../engine/index/page.ts'
import { isLater, type Summary } from '../../engine/index/summary.ts'
import { spreadOf } from '../../engine/spread.ts'
import type { Order } from '../../schemas/listing.ts'
import type { ExecutionStatus } from '../../schemas/statuses.ts'
import type { Sql } from '../sql.ts'
import { type Present, Where } from './where.ts'

type SummaryRow = {
  created_at: number
  id: string
  run: number
  sequence: number
  revision: number
  kind: string
  queue: string
  status: ExecutionStatus
  started_at: number
  closed_at: number | null
  parent_id: string | null
  parent_run: number | null
  parent_child: string | null
  attributes: string
  problem: string | null
  waiting: string
  duty_at: number | null
}

export class SummaryStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Keeps it unless it is older than what is there; whether a row was written. */
  put(summary: Summary): boolean {
    const known = this.find(summary)
    if (known !== undefined && (isLater(known, summary) || !isWorthARow(known, summary))) return false
    this.#sql.exec(
      `INSERT OR REPLACE INTO executions (created_at, id, run, sequence, revision, kind, queue, status, started_at, closed_at,
         parent_id, parent_run, parent_child, attributes, problem, waiting, duty_at, spread)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      summary.createdAt,
      summary.id,
      summary.run,
      summary.sequence,
      summary.revision,
      summary.kind,
      summary.queue,
      summary.status,
      summary.startedAt,
      summary.closedAt ?? null,
      summary.parent?.executionId ?? null,
      summary.parent?.run ?? null,
      summary.parent?.childId ?? null,
      JSON.stringify(summary.attributes),
      summary.problem === undefined ? null : JSON.stringify(summary.problem),
      JSON.stringify(summary.waiting.map(({ queue, type, kind, since }) => [queue, type, kind, since])),
      summary.dutyAt ?? null,
      spreadOf(summary.id),
    )
    return true
  }

  remove({ createdAt, id }: Place): void {
    this.#sql.exec('DELETE FROM executions WHERE created_at = ? AND id = ?', createdAt, id)
  }

  find({ createdAt, id }: Place): Summary | undefined {
    const [row] = this.#sql.exec<SummaryRow>('SELECT * FROM executions WHERE created_at = ? AND id = ?', createdAt, id)
    return row === undefined ? undefined : read(row)
  }

  /** Those with one of these ids, of whatever age. */
  named(ids: string[]): Summary[] {
    const rows = this.#sql.exec<SummaryRow>(
      'SELECT * FROM executions WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    )
    return [...rows].map(read)
  }

  /** The first `limit` that fulfil the condition, after `after` in the order; fewer where they are large. */
  page(condition: Condition, present: Present, order: Order, limit: number, after?: Place): ShardPage<Summary> {
    const where = new Where(present)
    const [beyond, direction] = order === 'oldest' ? ['>', 'ASC'] : ['<', 'DESC']
    const from =
      after === undefined ? '1' : `(created_at, id) ${beyond} (${where.bind(after.createdAt)}, ${where.bind(after.id)})`
    const text =
      `SELECT * FROM executions WHERE ${from} AND ${where.text(condition)} ` +
      `ORDER BY created_at ${direction}, id ${direction} LIMIT ${where.bind(limit + 1)}`
    const items: Summary[] = []
    let size = 0
    for (const row of this.#sql.exec<SummaryRow>(text, ...where.bindings)) {
      size += row.attributes.length
      if (items.length === limit || (size > pageCharacters && items.length > 0)) return { items, more: true }
      items.push(read(row))
    }
    return { items, more: false }
  }

  count(condition: Condition, present: Present): number {
    const where = new Where(present)
    const text = `SELECT count(*) AS count FROM executions WHERE ${where.text(condition)}`
    const [row] = this.#sql.exec<{ count: number }>(text, ...where.bindings)
    return row?.count ?? 0
  }
}

/** Of attributes in one page of one shard: 64 of them travel in answers to one request. */
const pageCharacters = 1_048_576

type StoredWaiting = [string, 'activation' | 'task', string, number]

function read(row: SummaryRow): Summary {
  return {
    id: row.id,
    createdAt: row.created_at,
    run: row.run,
    sequence: row.sequence,
    revision: row.revision,
    kind: row.kind,
    queue: row.queue,
    status: row.status,
    startedAt: row.started_at,
    ...(row.closed_at !== null && { closedAt: row.closed_at }),
    ...(row.parent_id !== null && {
      parent: { executionId: row.parent_id, run: row.parent_run ?? 1, childId: row.parent_child ?? '' },
    }),
    attributes: JSON.parse(row.attributes),
    ...(row.problem !== null && { problem: JSON.parse(row.problem) }),
    waiting: (JSON.parse(row.waiting) as StoredWaiting[]).map(([queue, type, kind, since]) => ({ queue, type, kind, since })),
    ...(row.duty_at !== null && { dutyAt: row.duty_at }),
  }
}

/**
 * What differs only in how new it is, is not written; but of a closed one the version is kept, so that a forgetting that
 * was given up finds it newer, however late it comes.
 */
const isWorthARow = (known: Summary, next: Summary): boolean =>
  contentOf(known) !== contentOf(next) || (next.closedAt !== undefined && isLater(next, known))

const contentOf = ({ sequence: _, revision: __, ...content }: Summary): string => JSON.stringify(content)
