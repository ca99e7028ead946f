/** What the items of a visit come to, all together: never what the last of them came to (F3). */
import type { FlowTask } from './definition.ts'
import { type EndedStatus, type FlowState, failuresIn, parkedIn, type Visit } from './state.ts'

function tolerated({ items }: FlowTask, total: number): number {
  const { count = 0, percent = 0 } = items?.tolerate ?? {}
  return Math.max(count, Math.floor((total * percent) / 100))
}

/** No more of its items go out. */
export const isStopped = (task: FlowTask, visit: Visit): boolean =>
  task.items?.onItemFailure === 'stop' && failuresIn(visit) > tolerated(task, visit.total)

export function verdictOf(flow: FlowState, task: FlowTask, visit: Visit): EndedStatus {
  const { counters } = visit
  const failures = failuresIn(visit)
  // What waits still, or has not gone out, is what the cancellation ended.
  if (flow.phase === 'cancelling' && (counters.cancelled > 0 || counters.out > 0 || parkedIn(visit) > 0)) return 'cancelled'
  if (task.items?.onItemFailure === 'continue' || failures <= tolerated(task, visit.total)) return 'succeeded'
  if (counters.timed_out === failures) return 'timed_out'
  return counters.cancelled === failures ? 'cancelled' : 'failed'
}
