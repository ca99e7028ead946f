/** Side effects that a worker runs for a workflow (`ctx.run`), as the execution sees them. */
import type { Draft } from './draft.ts'
import type { RunState } from './state.ts'

/**
 * Operations run where the run is kept. A worker that continues the run elsewhere meets them without a result and runs
 * them again; the first result that arrives is the one in the log, whoever sends it.
 */
export function leaveOperations(draft: Draft, run: RunState, session: string): void {
  const { operations } = run
  if (operations === undefined || operations.lease.holder?.session === session) return
  draft.endHold(operations.id, run.activationsLost + 1, operations.lease)
  draft.mark({ type: 'operations-out', ...operations, names: [], holder: undefined, at: draft.now })
}
