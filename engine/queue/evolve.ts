/** The only place where a queue's state changes. In place: a queue holds tens of thousands of items. */
import type { Change } from './change.ts'
import { type Credits, type Session, slotOf } from './session.ts'
import type { ClaimOut, QueueState } from './state.ts'

export function evolve(state: QueueState, change: Change): void {
  switch (change.type) {
    case 'offer-waits':
    case 'offer-counted':
      state.backlog.put(change.offer)
      return
    case 'offer-gone':
    case 'offer-gone-already':
      state.backlog.remove(change.key, change.revision, change.at)
      return
    case 'offer-delayed':
      state.backlog.delay(change.key, change.retryAt)
      return
    case 'greeted':
      state.greetings.set(change.greeting.session, change.greeting)
      return
    case 'greeting-ended':
      state.greetings.delete(change.id)
      return
    case 'session-opened':
    case 'polling':
      state.greetings.delete(change.session.session)
      state.sessions.set(change.session.session, change.session)
      return
    case 'session-forgotten':
    case 'poll-ended':
      state.sessions.delete(change.id)
      return
    case 'claim-sent':
      state.lastClaim = change.claim.id
      state.claims.set(change.claim.id, change.claim)
      state.backlog.claim(change.claim.offer, change.claim.claim.count)
      reserve(state, change.claim, change.claim.claim.count)
      return
    case 'claim-overdue': {
      const overdue = state.claims.get(change.id)
      if (overdue === undefined || overdue.overdue) return
      state.backlog.claim(overdue.offer, -overdue.claim.count)
      reserve(state, overdue, -overdue.claim.count)
      overdue.overdue = true
      return
    }
    case 'claim-ended': {
      const ended = state.claims.get(change.id)
      if (ended === undefined) return
      state.claims.delete(change.id)
      if (ended.overdue) return
      state.backlog.claim(ended.offer, -ended.claim.count)
      reserve(state, ended, -ended.claim.count)
      return
    }
    case 'session-left':
      return update(state, change.id, { presence: { type: 'away', until: change.until, cold: false } })
    case 'credited':
      return credit(state, change.id, change.credits)
    case 'draining':
      return update(state, change.id, { draining: true })
    case 'backlogged':
      return update(state, change.id, { backlogged: change.backlogged })
    case 'asked':
      state.sessions.get(change.id)?.questions.push(change.tokens)
      return
    case 'answered':
      state.sessions.get(change.id)?.questions.shift()
      return
    case 'item-held':
    case 'item-kept':
      state.holdings.put(change.holding)
      return
    case 'item-dropped':
      state.holdings.drop(change.holding)
      return
    case 'items-lost':
      for (const item of change.loss.items) {
        if (state.holdings.find(item)?.holder.session === change.loss.session) state.holdings.drop(item)
      }
      state.losses.add(change.id, change.loss, change.at)
      return
    case 'loss-sent':
      state.losses.sent(change.id, change.at)
      return
    case 'loss-failed':
      state.losses.failed(change.id, change.at)
      return
    case 'loss-delivered':
      state.losses.done(change.id)
      return
    case 'confirming':
      state.confirmations.add(change.id, change.confirmation, change.at)
      return
    case 'confirm-sent':
      state.confirmations.sent(change.id, change.at)
      return
    case 'confirm-failed':
      state.confirmations.failed(change.id, change.at)
      return
    case 'confirm-ended':
      state.confirmations.done(change.id)
      return
    case 'listened':
      state.listenedAt = change.at
      return
    case 'time-passed':
      state.backlog.refresh(change.at)
      state.holdings.prune(change.at)
      return
  }
}

function update(state: QueueState, id: string, part: Partial<Session>): void {
  const session = state.sessions.get(id)
  if (session !== undefined) state.sessions.set(id, { ...session, ...part })
}

/** Slots that it has moved here from another of its connections are slots here. */
function credit(state: QueueState, id: string, credits: Credits): void {
  const { slots = credits } = state.sessions.get(id) ?? {}
  const atLeast = { workflow: Math.max(slots.workflow, credits.workflow), task: Math.max(slots.task, credits.task) }
  update(state, id, { credits, slots: atLeast })
}

function reserve(state: QueueState, { claim }: ClaimOut, units: number): void {
  const session = state.sessions.get(claim.holder.session)
  if (session === undefined) return
  const slot = slotOf(claim.type)
  const reserved = Math.max(0, session.reserved[slot] + units)
  state.sessions.set(session.session, { ...session, reserved: { ...session.reserved, [slot]: reserved } })
}
