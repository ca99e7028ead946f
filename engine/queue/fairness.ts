/**
 * Tells workers that others wait: work carried in replies would pass them. Only the change between nothing and something
 * is told, and only where two executions or more wait; one alone passes nobody.
 */
import type { Draft } from './draft.ts'
import { canTake, type Session } from './session.ts'
import type { QueueState } from './state.ts'

export function tellBacklog(draft: Draft): void {
  const { state } = draft
  const isEmpty = state.backlog.size === 0
  for (const session of state.sessions.values()) {
    if (session.presence.type !== 'attached' || (isEmpty && !session.backlogged)) continue
    const crowded = !isEmpty && isCrowded(state, session)
    if (crowded === session.backlogged) continue
    draft.mark({ type: 'backlogged', id: session.session, backlogged: crowded })
    draft.send(session.session, { type: 'notify', backlog: crowded ? waitingFor(state, session) : 0 })
  }
}

function isCrowded(state: QueueState, session: Session): boolean {
  let only: string | undefined
  for (const lane of state.backlog.lanes()) {
    if (!canTake(session, lane)) continue
    for (const executionId of lane.executions.keys()) {
      if (only !== undefined && only !== executionId) return true
      only = executionId
    }
  }
  return false
}

function waitingFor(state: QueueState, session: Session): number {
  let waiting = 0
  for (const lane of state.backlog.lanes()) {
    if (!canTake(session, lane)) continue
    for (const { count } of state.backlog.offersOf(lane)) waiting += count
  }
  return waiting
}
