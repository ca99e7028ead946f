/** Bugs that the simulator has met in what the index is told, and in ids that are free again; each as it was before its mend. */
import { edit, type Met } from './plant.ts'

const news = 'durable/execution/index-news.ts'
const retirement = 'durable/execution/retirement.ts'
const workload = 'listed'

export const metListed: readonly Met[] = [
  {
    name: 'found-namesake-held',
    what: 'the first work of an execution was taken to be with whoever had that of the deleted one before it',
    seed: 3,
    workload,
    edits: [edit('engine/queue/offers.ts', ' && holding.token === item.token) return', ') return')],
  },
  {
    name: 'found-namesake-kept',
    what: 'a worker went on with the run of a deleted execution when its successor began, which then waited for good',
    seed: 2,
    workload,
    edits: [edit('sdk/worker/activation-work.ts', 'if (isThis && isUsable) return kept', 'if (isThis || isUsable) return kept')],
  },
  {
    name: 'found-namesake-foreseen',
    what: 'a worker went on with the run of a deleted execution when it had done a task of its successor',
    seed: 631,
    workload,
    edits: [edit('sdk/worker/worker.ts', '    this.#kept.meet(work.executionId, work.run, work.runStartedAt)\n', '')],
  },
  {
    name: 'found-namesake-of-a-parent',
    what: 'a child of a deleted execution was taken for that of its successor, which waited for its end for good',
    seed: 3,
    workload,
    edits: [
      edit(
        'engine/execution/receive.ts',
        'startedAt === undefined || parentStartedAt',
        'parent !== undefined || parentStartedAt',
      ),
    ],
  },
  {
    name: 'found-closing-never-told',
    what: 'a closed execution whose alarm the platform had given up never told the index, and never went',
    seed: 369,
    workload,
    edits: [edit('test/simulation/execution.ts', 'if (!hasAlarm) await', 'if (!hasAlarm && hasAlarm) await')],
  },
  {
    name: 'found-forgotten-and-there',
    what: 'an execution that the index was told to forget, and that was not deleted after all, was not told again',
    seed: 49,
    workload,
    edits: [
      edit(news, '    this.#news = new News()\n    const { createdAt, run } = state\n', '    const { createdAt, run } = state\n'),
    ],
  },
  {
    name: 'found-crash-between',
    what: 'a crash between the forgetting and the deletion left an execution that the index did not know',
    seed: 49,
    workload,
    edits: [edit(retirement, '    await turns.post(nothing, nothing)\n    const version', '    const version')],
  },
  {
    name: 'found-forgetting-late',
    seed: 205,
    what: 'a forgetting that was given up came late and removed what had been told since',
    workload: 'late-tellings',
    edits: [
      edit(
        'durable/execution-index/summary-store.ts',
        ' || (next.closedAt !== undefined && isLater(next, known))',
        ' || next.closedAt === Number.NaN',
      ),
    ],
  },
  {
    name: 'found-back-by-rebuild',
    what: 'an index that was made anew brought back what was deleted meanwhile',
    seed: 16,
    workload,
    edits: [edit('durable/execution-index/reconciliation.ts', ' || isGone(stones, summary)) continue', ') continue')],
  },
  {
    name: 'found-gone-still-speaks',
    what: 'an execution told who made the index anew what it was, while it was being deleted',
    seed: 450,
    workload,
    edits: [edit(news, 'this.#isGoing ? this.#revision : this.#nextRevision(now)', 'this.#nextRevision(now)')],
  },
]
