/**
 * Telling queues of waiting work: one offer a group, with its present count and its first items.
 *
 * 1. An item in an offer is reserved until the reply: nobody else is given it.
 * 2. What the queue was told is kept with the group, in memory only; after a restart it is told again.
 * 3. An offer that does not arrive is repeated under the same attempts, at the latest by the alarm.
 * 4. Of a run that is closed or paused nothing waits: what its queues were told is taken back.
 */
import type { Holder, Offer, OfferReply } from '../lease.ts'
import { tellCancelled, unclaimed } from './attempts.ts'
import type { Draft, Told } from './draft.ts'
import { sizeOf } from './leases.ts'
import { firstReady, type OfferGroup, oldest, readyCount } from './offer-group.ts'
import { leaveOperations } from './operations.ts'
import { activationParcel, type Parcel } from './parcel.ts'
import { misfitsOf } from './problem.ts'
import type { ExecutionState, Lease, RunState } from './state.ts'

/** An offer before its items are put into words. */
export interface ParcelOffer extends Omit<Offer, 'executionId' | 'items'> {
  /** The key of the group that it speaks of. */
  group: string
  queue: string
  parcels: Parcel[]
}

/** An offer carries at most so many items with their payload; more are claimed. */
const itemsPerOffer = 16
/** An offer that did not arrive is repeated, not sooner than after this. */
const retryOfferAfterMs = 1_000
/** A count that only shrank is told at most this often. */
const tellShrinkAfterMs = 1_000

/** What the queues must be told now. Items in the offers are reserved until the reply. */
export function makeOffers(draft: Draft): ParcelOffer[] {
  const { run } = draft.state
  if (run === undefined) return []
  const offers = withdrawals(draft)
  for (const group of run.groups.values()) {
    if (group.sending || draft.now - group.failedAt < retryOfferAfterMs) continue
    const count = mayBegin(run) ? readyCount(group) : 0
    const grew = group.dirty && count > 0
    const shrank = count < group.told && (count === 0 || draft.now - group.toldAt >= tellShrinkAfterMs)
    group.dirty = false
    if (!grew && !shrank) continue
    const parcels = grew ? firstItems(run, group).map((id) => offerParcel(draft, run, group, id)) : []
    group.sending = true
    group.missed = false
    group.told = count
    group.toldAt = draft.now
    offers.push({
      group: group.key,
      type: group.type,
      queue: group.queue,
      run: run.number,
      kind: group.kind,
      priority: group.priority,
      count,
      since: oldest(group),
      revision: nextRevision(draft.state),
      ...(group.type === 'activation' && whom(run)),
      parcels,
    })
  }
  return offers
}

/** For whom the activation is rather, and for whom not at all. */
function whom(run: RunState): { prefer?: string; not?: string[] } {
  const not = misfitsOf(run)
  return { ...(run.kept !== undefined && { prefer: run.kept.session }), ...(not !== undefined && { not }) }
}

/** Of runs that are over and have been followed by another. */
function withdrawals(draft: Draft): ParcelOffer[] {
  const offers: ParcelOffer[] = []
  for (const { run, group } of draft.state.withdrawn) {
    if (group.sending || draft.now - group.failedAt < retryOfferAfterMs) continue
    group.sending = true
    const { key, type, queue, kind, priority } = group
    const revision = nextRevision(draft.state)
    offers.push({ group: key, type, queue, run, kind, priority, count: 0, since: draft.now, revision, parcels: [] })
  }
  return offers
}

/** What a queue may still list of work that must not begin, when it could not be told. */
const unheard = 1

const firstItems = (run: RunState, group: OfferGroup): string[] => firstReady(group, itemsPerOffer, (id) => sizeOf(run, id))

type Held = OfferReply['held'][number]

const endedReason = 'it ended while it was being handed out'

/**
 * The reply to an offer: pushed items are out, the others ready again. Work that was answered meanwhile is left alone.
 * `newer`: the revision that the queue knows, if it did not take the offer for being older.
 */
export function offerAnswered(draft: Draft, offer: ParcelOffer, held: Held[] | undefined, newer?: number): void {
  const { run } = draft.state
  if (run === undefined) return
  if (newer !== undefined) nextRevision(draft.state, newer)
  if (run.number !== offer.run) return withdrawnAnswered(draft, offer, held, newer)
  const group = run.groups.get(offer.group)
  if (group !== undefined) {
    group.sending = false
    group.failedAt = held === undefined ? draft.now : 0
  }
  const holders = new Map(held?.map((item) => [`${item.id}#${item.attempt}`, item.holder]))
  const overtaken: Told[] = []
  for (const parcel of offer.parcels) {
    const holder = holders.get(`${parcel.id}#${parcel.attempt}`)
    const lease = run.closed === undefined ? openLease(run, parcel) : undefined
    if (lease?.phase === 'offering') {
      if (holder !== undefined) handedOut(draft, run, parcel, holder)
      else unclaimed(draft, run, parcel.id, lease.since)
    } else if (holder !== undefined && endedMeanwhile(run, parcel)) overtaken.push({ ...parcel, holder })
  }
  draft.tellHolders(overtaken, endedReason)
  if (group === undefined) return
  // What was pushed is told; what was only offered is known to the queue by its count.
  if (held === undefined || newer !== undefined) group.told = mayBegin(run) ? 0 : unheard
  else group.told = group.missed ? 0 : Math.max(0, offer.count - holders.size)
  group.dirty = readyCount(group) > group.told
}

/** The reply to an offer of a run that another has followed: whoever was given something of it works in vain. */
function withdrawnAnswered(draft: Draft, offer: ParcelOffer, held: Held[] | undefined, newer: number | undefined): void {
  const { withdrawn } = draft.state
  const entry = withdrawn.find(({ run, group }) => run === offer.run && group.key === offer.group)
  if (entry !== undefined) {
    entry.group.sending = false
    entry.group.failedAt = held === undefined ? draft.now : 0
    if (held !== undefined && newer === undefined && offer.count === 0) withdrawn.splice(withdrawn.indexOf(entry), 1)
  }
  if (offer.type === 'task') draft.tellHolders(held?.map((item) => ({ ...item, run: offer.run })) ?? [], endedReason)
}

/** Work waits that no queue has confirmed to know of, or a queue knows of work that must not begin. */
export function hasUntoldWork(run: RunState): boolean {
  for (const group of run.groups.values()) {
    const isUntold = mayBegin(run) ? group.dirty && group.waiting.size > 0 : group.told > 0
    if (group.sending || isUntold) return true
  }
  return false
}

const mayBegin = (run: RunState): boolean => run.closed === undefined && run.paused === undefined

/** Above what the queue knows, too: a restart on a machine whose clock is behind would begin below that. */
export const nextRevision = (state: ExecutionState, known = 0): number => {
  state.revision = Math.max(state.revision, known) + 1
  return state.revision
}

function handedOut(draft: Draft, run: RunState, parcel: Parcel, holder: Holder): void {
  if (parcel.type === 'activation') leaveOperations(draft, run, holder.session)
  draft.mark({ type: 'handed-out', id: parcel.id, at: draft.now, holder })
  tellCancelled(draft, run, parcel.id)
}

/** The task has ended, and not because its worker has answered: whoever was given it works in vain. */
function endedMeanwhile(run: RunState, { type, id, attempt }: Parcel): boolean {
  if (type !== 'task') return false
  if (run.closed !== undefined && run.tasks.get(id)?.attempt === attempt) return true
  const closed = run.closedTasks.get(id)
  return closed?.attempt === attempt && !closed.byWorker
}

function openLease(run: RunState, parcel: Parcel): Lease | undefined {
  if (parcel.type === 'task') {
    const task = run.tasks.get(parcel.id)
    return task?.attempt === parcel.attempt ? task.lease : undefined
  }
  return run.activation?.issued?.id === parcel.id && run.activationsLost + 1 === parcel.attempt ? run.activation.lease : undefined
}

function offerParcel(draft: Draft, run: RunState, group: OfferGroup, id: string): Parcel {
  if (group.type === 'task') {
    draft.mark({ type: 'offering', id })
    return { type: 'task', run: run.number, id, attempt: run.tasks.get(id)?.attempt ?? 1, at: draft.now }
  }
  const parcel = activationParcel(draft, run, run.kept?.session)
  draft.mark({ type: 'offering', id: 'activation', issued: parcel.issued })
  return parcel
}
