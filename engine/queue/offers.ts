/**
 * What an execution offers: pushed at once to a session with credit, else it waits.
 *
 * 1. What is pushed is written nowhere; what waits is a row, whose count need not be exact: a claim tells the true one.
 * 2. An older count never replaces a newer one.
 * 3. New work does not pass waiting work that goes before it.
 */
import type { Holder, Offer, OfferReply, WorkBody } from '../lease.ts'
import { type OfferKey, offerKey, outranks, sameLane } from './backlog.ts'
import { allot, takers } from './credit.ts'
import type { Draft } from './draft.ts'
import { dropHolding, push } from './push.ts'
import { canTake, type Session } from './session.ts'

export function offerWork(draft: Draft, offer: Offer): OfferReply {
  const held: OfferReply['held'] = []
  const revision = draft.state.backlog.revisionOf(offerKey(offer))
  const waiting: WorkBody[] = []
  for (const item of offer.items) {
    const holder = heldBy(draft, offer, item)
    if (holder !== undefined) held.push({ id: item.id, attempt: item.attempt, holder })
    else waiting.push(item)
  }
  if (offer.revision < revision) return { held, revision }
  for (const [item, session] of assign(draft, offer, waiting)) {
    const holder = push(draft, session, offer, item)
    if (holder !== undefined) held.push({ id: item.id, attempt: item.attempt, holder })
  }
  recount(draft, offer, Math.max(0, offer.count - held.length), offer.since, offer.revision)
  return { held }
}

/** Sets what waits of an offer, and for whom, unless newer is known. */
export function recount(draft: Draft, of: OfferKey & { not?: string[] }, count: number, since: number, revision: number): void {
  const { backlog } = draft.state
  const key = offerKey(of)
  if (revision < backlog.revisionOf(key)) return
  const old = backlog.get(key)
  if (count === 0) {
    if (old === undefined) draft.mark({ type: 'offer-gone-already', key, revision, at: draft.now })
    else draft.record({ type: 'offer-gone', key, offer: old, revision, at: draft.now })
    return
  }
  const { executionId, run, type, kind, priority, not } = of
  const storedCount = old?.storedCount ?? 0
  const offer = { executionId, run, type, kind, priority, ...(not !== undefined && { not }), count, since, revision, storedCount }
  const isNear = count <= 2 * storedCount && 2 * count >= storedCount
  if (isNear && old !== undefined && sameLane(old, offer)) draft.mark({ type: 'offer-counted', offer })
  else draft.record({ type: 'offer-waits', offer: { ...offer, storedCount: count } })
}

/**
 * Who has this attempt already: an offer may be repeated. An older attempt is void; so is one under another token, which
 * an execution gave that had the id before and was deleted.
 */
function heldBy(draft: Draft, offer: Offer, item: WorkBody): Holder | undefined {
  const holding = draft.state.holdings.find({ executionId: offer.executionId, run: offer.run, id: item.id })
  if (holding === undefined) return undefined
  if (holding.attempt === item.attempt && holding.token === item.token) return holding.holder
  if (holding.attempt <= item.attempt) dropHolding(draft, holding)
  return undefined
}

/** The session that keeps the run first, then those with the most free credit. */
function assign(draft: Draft, offer: Offer, items: WorkBody[]): [WorkBody, string][] {
  if (items.length === 0) return []
  const open = takers(draft, offer).filter((session) => !isPassed(draft, session, offer))
  const preferred = open.find(({ session }) => session === offer.prefer)
  const shares = preferred === undefined ? allot(open, offer.type, items.length) : allot([preferred], offer.type, items.length)
  const sessions = shares.flatMap(({ session, count }) => Array.from({ length: count }, () => session))
  return sessions.flatMap((session, index) => {
    const item = items[index]
    return item === undefined ? [] : [[item, session] satisfies [WorkBody, string]]
  })
}

/** Whether waiting work goes to this session before the offer does. */
function isPassed(draft: Draft, session: Session, offer: Offer): boolean {
  const { backlog } = draft.state
  for (const lane of backlog.lanes()) {
    if (lane.type !== offer.type || !canTake(session, lane)) continue
    const best = backlog.best(lane)
    if (best !== undefined && offerKey(best) !== offerKey(offer) && outranks(best, offer)) return true
  }
  return false
}
