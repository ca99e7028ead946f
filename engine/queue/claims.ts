/**
 * Waiting work for sessions that have credit: the best offers are claimed from their executions.
 *
 * 1. Credit is reserved while a claim is in flight, and what no item used is free again.
 * 2. A session has one claim in flight on an offer: credit that comes meanwhile goes into the next.
 * 3. An execution that is slow to answer holds up no other: after a while its claim counts no more and its offer is left
 *    alone for a moment. What it gives when the credit is gone goes back as never sent.
 */
import type { Claimed, WorkBody } from '../lease.ts'
import { offerKey, outranks, type WaitingOffer } from './backlog.ts'
import { askConfirmation } from './confirmation.ts'
import { allot, hasTaker, takers } from './credit.ts'
import { retryAt } from './delivery.ts'
import type { Draft } from './draft.ts'
import type { Holding } from './holdings.ts'
import { recount } from './offers.ts'
import { loseItems } from './presence.ts'
import { push } from './push.ts'
import { freeCredit, holderOf, isPresent, type Session } from './session.ts'
import type { ClaimOut } from './state.ts'

/** An execution is asked for so many at a time: their payloads come in one message. */
const claimMost = 256
const claimsAtOnce = 64
/** An execution that has not answered by then holds no credit any more; what it answers later still counts, for so long. */
const overdueMs = 5_000
const unansweredMs = 30_000
/** It is asked again after this: in all within the time in which lost work is found. */
const againMs = 8_000

interface OpenLane {
  best: () => WaitingOffer | undefined
  takers: string[]
}

/** Claims as much as there is credit for, in order of priority, then age. */
export function claimWaiting(draft: Draft): void {
  let lanes = openLanes(draft)
  while (lanes.length > 0 && hasRoom(draft)) {
    let first: { lane: OpenLane; offer: WaitingOffer } | undefined
    for (const lane of lanes) {
      const offer = lane.best()
      if (offer !== undefined && (first === undefined || outranks(offer, first.offer))) first = { lane, offer }
    }
    if (first === undefined) return
    const { lane, offer } = first
    if (!claimOf(draft, offer, lane.takers)) lanes = lanes.filter((each) => each !== lane)
  }
}

/** Those in flight for long count no more: executions that hang do not keep the others from being asked. */
function hasRoom({ state: { claims } }: Draft): boolean {
  if (claims.size < claimsAtOnce) return true
  let inTime = 0
  for (const { overdue } of claims.values()) if (overdue !== true) inTime += 1
  return inTime < claimsAtOnce
}

/** Lanes with something to claim that a session with credit can take. */
function openLanes(draft: Draft): OpenLane[] {
  const { backlog } = draft.state
  if (backlog.size === 0) return []
  const credit = { activation: hasTaker(draft, 'activation'), task: hasTaker(draft, 'task') }
  const lanes: OpenLane[] = []
  for (const lane of [...backlog.lanes()]) {
    if (!credit[lane.type] || backlog.best(lane) === undefined) continue
    const sessions = takers(draft, lane).map(({ session }) => session)
    if (sessions.length > 0) lanes.push({ best: () => backlog.best(lane), takers: sessions })
  }
  return lanes
}

/** False when none of the sessions can claim more of it now. */
function claimOf(draft: Draft, offer: WaitingOffer, sessions: string[]): boolean {
  const { state } = draft
  const key = offerKey(offer)
  const asking = new Set<string>()
  for (const { offer: of, overdue, claim } of state.claims.values())
    if (of === key && overdue !== true) asking.add(claim.holder.session)
  const willing: Session[] = []
  for (const id of sessions) {
    const session = state.sessions.get(id)
    if (isPresent(session) && freeCredit(session, offer.type) > 0 && !asking.has(id)) willing.push(session)
  }
  const shares = allot(willing, offer.type, state.backlog.claimable(key))
  for (const { session: id, count } of shares) {
    const session = state.sessions.get(id)
    if (session !== undefined && hasRoom(draft)) sendClaim(draft, offer, session, Math.min(count, claimMost))
  }
  return shares.length > 0
}

function sendClaim(draft: Draft, offer: WaitingOffer, session: Session, count: number): void {
  const { executionId, run, type, kind, priority, since } = offer
  const id = draft.state.lastClaim + 1
  const key = offerKey(offer)
  const revision = draft.state.backlog.revisionOf(key)
  const claim = { run, type, kind, priority, count, holder: holderOf(session, draft.state.address), revision }
  draft.mark({ type: 'claim-sent', claim: { id, offer: key, executionId, claim, since, sentAt: draft.now } })
  draft.effect({ type: 'claim', id, executionId, claim })
}

/** The execution has given what it had. */
export function claimAnswered(draft: Draft, id: number, { items, remaining, revision }: Claimed): void {
  const out = draft.state.claims.get(id)
  if (out === undefined) return
  draft.mark({ type: 'claim-ended', id })
  const { executionId, claim, offer, since } = out
  const unsent: Holding[] = []
  for (const item of items) {
    const holding = draft.state.holdings.find({ executionId, run: claim.run, id: item.id })
    const isHeld = holding?.attempt === item.attempt && isPresent(draft.state.sessions.get(holding.holder.session))
    if (isHeld) settleTwice(draft, out, holding)
    else if (!pushClaimed(draft, out, item)) unsent.push(unsentHolding(draft, out, item))
  }
  loseItems(draft, claim.holder.session, unsent)
  const { run, type, kind, priority } = claim
  const waiting = draft.state.backlog.get(offer)
  const not = waiting?.not
  const counted = { executionId, run, type, kind, priority, ...(not !== undefined && { not }) }
  recount(draft, counted, remaining, waiting?.since ?? since, revision)
  const gaveNothing = items.length === 0 && remaining > 0
  draft.mark({
    type: 'offer-delayed',
    key: offer,
    retryAt: gaveNothing ? retryAt(draft.now, draft.state.backlog.triesOf(offer)) : 0,
  })
}

/** No answer: what was given, if anything was, its execution will ask about. */
export function claimFailed(draft: Draft, id: number): void {
  const out = draft.state.claims.get(id)
  if (out === undefined) return
  draft.mark({ type: 'claim-ended', id })
  draft.mark({ type: 'offer-delayed', key: out.offer, retryAt: retryAt(draft.now, draft.state.backlog.triesOf(out.offer)) })
}

/** When something is to be done about a claim that is not answered. */
export const patienceEndsAt = ({ sentAt, overdue }: ClaimOut): number => sentAt + (overdue === true ? unansweredMs : overdueMs)

export function failUnanswered(draft: Draft): void {
  for (const { id, sentAt, overdue, offer } of [...draft.state.claims.values()]) {
    if (sentAt + unansweredMs <= draft.now) draft.mark({ type: 'claim-ended', id })
    else if (overdue !== true && sentAt + overdueMs <= draft.now) {
      draft.mark({ type: 'claim-overdue', id })
      draft.mark({ type: 'offer-delayed', key: offer, retryAt: draft.now + againMs })
    }
  }
}

function pushClaimed(draft: Draft, { executionId, claim }: ClaimOut, item: WorkBody): boolean {
  const session = draft.state.sessions.get(claim.holder.session)
  if (!isPresent(session) || freeCredit(session, claim.type) <= 0) return false
  return push(draft, session.session, { executionId, run: claim.run, type: claim.type }, item) !== undefined
}

/** Given to the session of the claim although another has it: the execution must know of the right one. */
function settleTwice(draft: Draft, { executionId, claim }: ClaimOut, { holder, id, token }: Holding): void {
  if (holder.session !== claim.holder.session)
    askConfirmation(draft, holder.session, executionId, [{ executionId, run: claim.run, id, token }])
}

const unsentHolding = (draft: Draft, { executionId, claim }: ClaimOut, { id, attempt, token }: WorkBody): Holding => ({
  executionId,
  run: claim.run,
  type: claim.type,
  id,
  attempt,
  token,
  holder: claim.holder,
  vouched: true,
  kept: false,
  unsent: true,
  at: draft.now,
})
