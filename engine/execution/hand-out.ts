/**
 * Giving work to workers: claimed by a queue with credit, or carried by the reply to a worker's own request.
 *
 * 1. A hand-out is a mark, not a write: after a restart it is found out by asking. Only taking back is a write.
 * 2. Work that is in an offer still under way is given to nobody else.
 * 3. Of a paused run nothing is given; its queues are told again when it is resumed.
 * 4. An activation that some code does not fit is not carried: queues know the builds of all workers.
 */
import type { Claim, Holder } from '../lease.ts'
import type { Draft } from './draft.ts'
import { isWaiting, sizeOf } from './leases.ts'
import { firstReady, messageCharacters, type OfferGroup, oldest, readyCount } from './offer-group.ts'
import { nextRevision } from './offering.ts'
import { leaveOperations } from './operations.ts'
import { activationParcel, type Parcel } from './parcel.ts'
import { mayHaveActivation, misfitsOf } from './problem.ts'
import type { RunState } from './state.ts'

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
  if (run.closed !== undefined || run.paused !== undefined) return []
  const parcels: Parcel[] = []
  const { activation } = run
  if (accept.workflow > 0 && activation?.lease.phase === 'ready' && isWaiting(run, 'activation')) {
    const isTheirs = run.queue === accept.queue && accept.workflowKinds.includes(run.kind)
    if (isTheirs && misfitsOf(run) === undefined) parcels.push(giveActivation(draft, run, holder))
  }
  if (accept.task === 0) return parcels
  const kinds = new Set(accept.taskKinds)
  const groups = [...run.groups.values()].filter(
    (group) => group.type === 'task' && group.queue === accept.queue && kinds.has(group.kind),
  )
  groups.sort((a, b) => b.priority - a.priority || oldest(a) - oldest(b))
  let free = accept.task
  let size = 0
  for (const group of groups) {
    const given = giveTasks(draft, run, group, free, holder)
    free -= given.length
    for (const { id } of given) size += sizeOf(run, id)
    parcels.push(...given)
    if (free === 0 || size >= messageCharacters) break
  }
  return parcels
}

/** A queue with credit asks for work of one of the offers. */
export function claim(draft: Draft, asked: Claim): { parcels: Parcel[]; remaining: number; revision: number } {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined || run.paused !== undefined || run.number !== asked.run)
    return { parcels: [], remaining: 0, revision: nextRevision(draft.state, asked.revision) }
  const { queue } = asked.holder
  const group = [...run.groups.values()].find(
    (each) => each.type === asked.type && each.queue === queue && each.kind === asked.kind && each.priority === asked.priority,
  )
  if (group === undefined) return { parcels: [], remaining: 0, revision: nextRevision(draft.state, asked.revision) }
  const parcels =
    group.type === 'task'
      ? giveTasks(draft, run, group, asked.count, asked.holder)
      : asked.count > 0 && isClaimable(run, asked.holder)
        ? [giveActivation(draft, run, asked.holder)]
        : []
  const remaining = readyCount(group)
  group.told = remaining
  group.toldAt = draft.now
  if (group.sending) group.missed = true
  return { parcels, remaining, revision: nextRevision(draft.state, asked.revision) }
}

const isClaimable = (run: RunState, holder: Holder): boolean =>
  run.activation?.lease.phase === 'ready' && isWaiting(run, 'activation') && mayHaveActivation(run, holder)

function giveTasks(draft: Draft, run: RunState, group: OfferGroup, most: number, holder: Holder): Parcel[] {
  const parcels: Parcel[] = []
  for (const id of firstReady(group, most, (each) => sizeOf(run, each))) {
    const task = run.tasks.get(id)
    if (task === undefined) continue
    draft.mark({ type: 'handed-out', id, at: draft.now, holder })
    parcels.push({ type: 'task', run: run.number, id, attempt: task.attempt, at: draft.now })
  }
  return parcels
}

function giveActivation(draft: Draft, run: RunState, holder: Holder): Parcel {
  leaveOperations(draft, run, holder.session)
  const parcel = activationParcel(draft, run, holder.session)
  draft.mark({ type: 'handed-out', id: 'activation', at: draft.now, holder, issued: parcel.issued })
  return parcel
}
