/**
 * What the queue must do by itself, and when (L8): deliveries, sessions that end, claims to repeat, pings to look at.
 * An offer that no session can take is no duty, nor is a worker that is merely connected.
 */
import { claimWaiting, failUnanswered, patienceEndsAt } from './claims.ts'
import { sendConfirmation } from './confirmation.ts'
import type { Draft } from './draft.ts'
import { tellBacklog } from './fairness.ts'
import { endOverdue, listen, listenEveryMs, reportLoss } from './presence.ts'
import { canTake, type Demand, freeCredit, isPresent } from './session.ts'
import type { QueueState } from './state.ts'

/** Takes what is due. Run twice, it finds nothing the second time. */
export function perform(draft: Draft): void {
  draft.mark({ type: 'time-passed', at: draft.now })
  endOverdue(draft)
  listen(draft)
  failUnanswered(draft)
  for (const { id } of draft.state.losses.due(draft.now)) reportLoss(draft, id)
  for (const { id } of draft.state.confirmations.due(draft.now)) sendConfirmation(draft, id)
}

/** Ends every turn: credit meets waiting work. */
export function finish(draft: Draft): void {
  draft.mark({ type: 'time-passed', at: draft.now })
  claimWaiting(draft)
  tellBacklog(draft)
}

/** Epoch ms of the earliest duty, or undefined. */
export function nextDuty(state: QueueState): number | undefined {
  let at = Number.POSITIVE_INFINITY
  let keeps = false
  for (const session of state.sessions.values()) {
    const { presence, keyExpiresAt } = session
    if (presence.type === 'away') at = Math.min(at, presence.until)
    else if (keyExpiresAt !== undefined && (presence.type === 'attached' || !session.draining)) at = Math.min(at, keyExpiresAt)
    if (presence.type === 'attached' && state.holdings.keepsFor(session.session)) keeps = true
  }
  if (keeps) at = Math.min(at, state.listenedAt + listenEveryMs)
  at = Math.min(at, state.losses.dueAt() ?? at, state.confirmations.dueAt() ?? at)
  for (const claim of state.claims.values()) at = Math.min(at, patienceEndsAt(claim))
  for (const { offer, retryAt } of state.backlog.delayed()) if (canBeTaken(state, offer)) at = Math.min(at, retryAt)
  return at === Number.POSITIVE_INFINITY ? undefined : at
}

function canBeTaken(state: QueueState, demand: Demand): boolean {
  for (const session of state.sessions.values()) {
    if (isPresent(session) && freeCredit(session, demand.type) > 0 && canTake(session, demand)) return true
  }
  return false
}
