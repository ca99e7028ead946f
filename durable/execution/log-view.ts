/** The log of an execution as its live readers take it: what is on disk, in bounded pages. */
import { closedStatusOf } from '../../engine/execution/closed-status.ts'
import type { RunState } from '../../engine/execution/state.ts'
import type { LogView } from '../../engine/stream/stream-reader.ts'
import type { ExecutionStore } from './store.ts'

const pageEvents = 500
const pageBytes = 262_144

/** Of an execution that is there; `latest` is its last run. */
export const logView = (store: ExecutionStore, latest: RunState): LogView => ({
  latestRun: latest.number,
  end(run) {
    if (run === latest.number) return { lastSequence: latest.lastSequence, closed: latest.closed?.status }
    const last = store.events.last(run)
    return last && { lastSequence: last.sequence, closed: closedStatusOf(last.type) }
  },
  page: (run, after, until) => store.events.page(run, after, until, pageEvents, pageBytes),
})
