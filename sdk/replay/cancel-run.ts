/** The cancellation of the workflow has its turn: whatever is outside a shield ends, in the order in which it began. */
import type { EventOf } from '../../schemas/events.ts'
import type { RunState } from './run-state.ts'

export function cancelRun(state: RunState, data: EventOf<'CANCELLATION_REQUESTED'>['data']): void {
  const { cancellation, calls } = state
  const open = [...calls].filter(({ isShielded }) => !isShielded)
  if (!state.inCode(() => cancellation.request(data))) return
  for (const call of open) {
    if (calls.end(call.id) === undefined) continue
    call.settled.reject(cancellation.failure())
    if (call.stop !== undefined && !call.stopAsked && !call.outlives) state.say(call.stop())
  }
}
