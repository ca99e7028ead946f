/**
 * Giving work to workers: offered to the queue, claimed by it, or carried by the reply to a worker's own request.
 *
 * 1. A hand-out is a mark, not a write: after a restart it is found out by asking. Only taking back is a write.
 * 2. Work that is in an offer still under way is given to nobody else.
 */
import { limits } from '../../schemas/limits.ts'
import type { Claim, Holder, WorkType } from '../lease.ts'
import type { Issued } from './change.ts'
import type { Draft } from './draft.ts'
import { isWaiting } from './leases.ts'
import type { OfferGroup } from './offer-group.ts'
import type { ExecutionState, RunState } from './state.ts'

/** Work to be put into words by the shell, which alone reads authors' values. */
export type Parcel =
  | { type: 'task'; run: number; id: string; attempt: number; at: number }
  | { type: 'activation'; run: number; id: string; attempt: number; issued: Issued; from: number }

export interface ParcelOffer {
  group: string
  type: WorkType
  queue: string
  run: number
  kind: string
  priority: number
  count: number
  since: number
  revision: number
  prefer?: string
  parcels: Parcel[]
}

/** An offer carries at most so many items with their payload; more are claimed. */
const itemsPerOffer = 16
/** An offer that did not arrive is repeated, not sooner than after this. */
const retryOfferAfterMs = 1_000
/** A count that only shrank is told at most this often. */
const tellShrinkAfterMs = 1_000

export interface Carriable {
  queue: string
  workflow: number
  task: number
  workflowKinds: string[]
  taskKinds: string[]
}

/** Work for the worker that is just being answered. */
export function carry(draft: Draft, accept: Carriable, holder: Holder): Parcel[] {
  const run = draft.run
  if (run.closed !== undefined) return []
  const parcels: Parcel[] = []
  const { activation } = run
  if (accept.workflow > 0 && activation?.lease.phase === 'ready' && isWaiting(run, 'activation')) {
    if (run.queue === accept.queue && accept.workflowKinds.includes(run.kind)) parcels.push(giveActivation(draft, run, holder))
  }
  if (accept.task === 0) return parcels
  const kinds = new Set(accept.taskKinds)
  const groups = [...run.groups.values()].filter(
    (group) => group.type === 'task' && group.queue === accept.queue && kinds.has(group.kind),
  )
  groups.sort((a, b) => b.priority - a.priority || oldest(a) - oldest(b))
  let free = accept.task
  for (const group of groups) {
    const given = giveTasks(draft, run, group, free, holder)
    free -= given.length
    parcels.push(...given)
    if (free === 0) break
  }
  return parcels
}

/** A queue with credit asks for work of one of the offers. */
export function claim(draft: Draft, asked: Claim): { parcels: Parcel[]; remaining: number; revision: number } {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined || run.number !== asked.run)
    return { parcels: [], remaining: 0, revision: nextRevision(draft.state) }
  const { queue } = asked.holder
  const group = [...run.groups.values()].find(
    (each) => each.type === asked.type && each.queue === queue && each.kind === asked.kind && each.priority === asked.priority,
  )
  if (group === undefined) return { parcels: [], remaining: 0, revision: nextRevision(draft.state) }
  const parcels =
    group.type === 'task'
      ? giveTasks(draft, run, group, asked.count, asked.holder)
      : asked.count > 0 && run.activation?.lease.phase === 'ready' && isWaiting(run, 'activation')
        ? [giveActivation(draft, run, asked.holder)]
        : []
  const remaining = readyCount(group)
  group.told = remaining
  group.toldAt = draft.now
  if (group.sending) group.missed = true
  return { parcels, remaining, revision: nextRevision(draft.state) }
}

/** What the queues must be told now. Items in the offers are reserved until the reply. */
export function makeOffers(draft: Draft): ParcelOffer[] {
  const { run } = draft.state
  if (run === undefined) return []
  const offers: ParcelOffer[] = []
  for (const group of run.groups.values()) {
    if (group.sending || draft.now - group.failedAt < retryOfferAfterMs) continue
    const count = run.closed === undefined ? readyCount(group) : 0
    const grew = group.dirty && count > 0
    const shrank = count < group.told && (count === 0 || draft.now - group.toldAt >= tellShrinkAfterMs)
    group.dirty = false
    if (!grew && !shrank) continue
    const parcels = grew ? firstReady(group, itemsPerOffer).map((id) => offerParcel(draft, run, group, id)) : []
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
      ...(group.type === 'activation' && run.kept !== undefined && { prefer: run.kept.session }),
      parcels,
    })
  }
  return offers
}

/** The reply to an offer: pushed items are out, the others ready again. Work that was answered meanwhile is left alone. */
export function offerAnswered(
  draft: Draft,
  offer: ParcelOffer,
  held: { id: string; attempt: number; holder: Holder }[] | undefined,
): void {
  const { run } = draft.state
  if (run === undefined || run.number !== offer.run) return
  const group = run.groups.get(offer.group)
  if (group !== undefined) {
    group.sending = false
    group.failedAt = held === undefined ? draft.now : 0
  }
  const holders = new Map(held?.map((item) => [`${item.id}#${item.attempt}`, item.holder]))
  for (const parcel of offer.parcels) {
    const lease = openLease(run, parcel)
    if (lease?.phase !== 'offering') continue
    const holder = holders.get(`${parcel.id}#${parcel.attempt}`)
    if (holder === undefined) draft.mark({ type: 'ready', id: parcel.id, at: lease.since })
    else draft.mark({ type: 'handed-out', id: parcel.id, at: draft.now, holder })
  }
  if (group === undefined) return
  // What was pushed is told; what was only offered is known to the queue by its count.
  group.told = group.missed || held === undefined ? 0 : Math.max(0, offer.count - holders.size)
  group.dirty = readyCount(group) > group.told
}

/** Work waits that no queue has confirmed to know of. */
export function hasUntoldWork(run: RunState): boolean {
  for (const group of run.groups.values()) if (group.sending || (group.dirty && group.waiting.size > 0)) return true
  return false
}

const oldest = (group: OfferGroup): number => group.waiting.values().next().value ?? 0

export const nextRevision = (state: ExecutionState): number => {
  state.revision += 1
  return state.revision
}

function openLease(run: RunState, parcel: Parcel) {
  if (parcel.type === 'task') {
    const task = run.tasks.get(parcel.id)
    return task?.attempt === parcel.attempt ? task.lease : undefined
  }
  return run.activation?.issued?.id === parcel.id && run.activationsLost + 1 === parcel.attempt ? run.activation.lease : undefined
}

const readyCount = (group: OfferGroup): number => group.waiting.size - group.offering.size

function firstReady(group: OfferGroup, most: number): string[] {
  const ids: string[] = []
  for (const id of group.waiting.keys()) {
    if (ids.length >= most) break
    if (!group.offering.has(id)) ids.push(id)
  }
  return ids
}

function giveTasks(draft: Draft, run: RunState, group: OfferGroup, most: number, holder: Holder): Parcel[] {
  const parcels: Parcel[] = []
  for (const id of firstReady(group, most)) {
    const task = run.tasks.get(id)
    if (task === undefined) continue
    draft.mark({ type: 'handed-out', id, at: draft.now, holder })
    parcels.push({ type: 'task', run: run.number, id, attempt: task.attempt, at: draft.now })
  }
  return parcels
}

function giveActivation(draft: Draft, run: RunState, holder: Holder): Parcel {
  moveOperations(draft, run, holder.session)
  const issued = issue(draft, run)
  draft.mark({ type: 'handed-out', id: 'activation', at: draft.now, holder, issued })
  return {
    type: 'activation',
    run: run.number,
    id: issued.id,
    attempt: issued.attempt,
    issued,
    from: knownTo(run, holder.session),
  }
}

function offerParcel(draft: Draft, run: RunState, group: OfferGroup, id: string): Parcel {
  if (group.type === 'task') {
    draft.mark({ type: 'offering', id })
    return { type: 'task', run: run.number, id, attempt: run.tasks.get(id)?.attempt ?? 1, at: draft.now }
  }
  const issued = issue(draft, run)
  draft.mark({ type: 'offering', id: 'activation', issued })
  return {
    type: 'activation',
    run: run.number,
    id: issued.id,
    attempt: issued.attempt,
    issued,
    from: knownTo(run, run.kept?.session),
  }
}

const issue = (draft: Draft, run: RunState): Issued => ({
  id: `activation-${run.lastSequence}`,
  attempt: run.activationsLost + 1,
  snapshotSequence: run.lastSequence,
  activationAt: Math.max(draft.now, run.lastAt, run.lastActivationAt),
})

/** The end of what the session has of the log. A short log is sent whole in any case: nobody need ask for its beginning. */
const knownTo = (run: RunState, session: string | undefined): number =>
  run.kept === undefined || run.kept.session !== session || run.logBytes <= limits.wholeLogBytes ? 0 : run.kept.from

/**
 * Operations run where the run is kept. When another worker continues the run it will run them again, so the first
 * is fenced off.
 */
function moveOperations(draft: Draft, run: RunState, session: string): void {
  const { operations } = run
  if (operations === undefined || operations.lease.holder?.session === session) return
  draft.stopHolder(operations.id, run.activationsLost + 1, operations.lease, 'MOVED')
  loseActivation(draft, run)
}

/** The open activation and what it left running are taken back: their tokens are void, another attempt begins at once. */
export function loseActivation(draft: Draft, run: RunState): void {
  const attempt = run.activationsLost + 1
  if (run.activation?.issued !== undefined) draft.endHold(run.activation.issued.id, attempt, run.activation.lease)
  if (run.operations !== undefined) draft.endHold(run.operations.id, attempt, run.operations.lease)
  draft.record({
    type: 'attempt-ended',
    run: run.number,
    work: 'activation',
    attempt,
    after: run.lastSequence,
    outcome: 'FAILED',
    endedAt: draft.now,
    nextAt: draft.now,
    failure: JSON.stringify({ type: 'WORKER_LOST', message: `the worker that had activation attempt ${attempt} was lost` }),
  })
}
