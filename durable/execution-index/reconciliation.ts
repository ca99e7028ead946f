/** Makes the index say what the executions say: what was missing is added, what differs is replaced, what is gone goes. */
import { isLater, type Summary } from '../../engine/index/summary.ts'
import type { Reconciled, Testimony } from './port.ts'
import type { SummaryStore } from './summary-store.ts'
import type { TombstoneStore } from './tombstone-store.ts'

/** Clocks of executions and of who asks them may differ by so much. */
const clocksDifferMs = 10_000

export function reconcile(store: SummaryStore, stones: TombstoneStore, { ids, summaries, askedAt }: Testimony): Reconciled {
  const reconciled: Reconciled = { unchanged: 0, corrected: 0, removed: 0 }
  const rows = Map.groupBy(store.named(ids), ({ id }) => id)
  const said = new Map(summaries.map((summary) => [summary.id, summary]))
  for (const id of ids) {
    const summary = said.get(id)
    for (const row of rows.get(id) ?? []) {
      if (row.createdAt === summary?.createdAt || row.createdAt >= askedAt - clocksDifferMs) continue
      store.remove(row)
      reconciled.removed += 1
    }
    if (summary === undefined || isGone(stones, summary)) continue
    const row = rows.get(id)?.find(({ createdAt }) => createdAt === summary.createdAt)
    // What the execution says now is newer than whatever it has told before.
    if (row !== undefined && saysTheSame(row, summary)) reconciled.unchanged += 1
    else if (store.put(summary)) reconciled.corrected += 1
  }
  return reconciled
}

/** Duties and waiting work come and go between two looks; they are replaced, but were not wrong. */
function saysTheSame(row: Summary, summary: Summary): boolean {
  const lasting = ({ sequence: _, revision: __, dutyAt: ___, waiting: ____, ...rest }: Summary) => JSON.stringify(rest)
  return lasting(row) === lasting(summary)
}

/** It was deleted after it was asked. */
function isGone(stones: TombstoneStore, summary: Summary): boolean {
  const stone = stones.find(summary)
  return stone !== undefined && !isLater(summary, stone)
}
