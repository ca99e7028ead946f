/**
 * A queue's state from its rows and the sockets that are still attached.
 *
 * 1. A session whose socket is attached is never cold. One without may come back for `coldMs`.
 * 2. Kept work whose session has no row is lost: that was decided before, and is told again.
 */
import type { QueueAddress } from '../lease.ts'
import type { WaitingOffer } from './backlog.ts'
import type { Holding } from './holdings.ts'
import { coldMs } from './presence.ts'
import type { Credits, Greeting, Session } from './session.ts'
import { blankState, type QueueState } from './state.ts'

/** What a socket's attachment holds. */
export interface Attachment extends Greeting {
  worker?: { slots?: Credits; credits: Credits; draining: boolean; backlogged: boolean }
}

export interface StoredSession {
  session: string
  workerId: string
  build?: string
  workflows: string[]
  tasks: string[]
  /** Its socket was closed before the object was: it is lost if it has not come back by then. */
  until?: number
}

export interface Remains {
  sessions: StoredSession[]
  offers: WaitingOffer[]
  keeps: Holding[]
  attached: Attachment[]
}

export const attachmentOf = ({
  session,
  keyId,
  keyExpiresAt,
  partitions,
  connectedAt,
  slots,
  credits,
  draining,
  backlogged,
}: Session): Attachment => ({
  session,
  keyId,
  ...(keyExpiresAt !== undefined && { keyExpiresAt }),
  partitions,
  connectedAt,
  worker: { slots, credits, draining, backlogged },
})

export function rebuild(address: QueueAddress, remains: Remains, now: number): QueueState {
  const state = blankState(address, now)
  const attached = new Map(remains.attached.map((attachment) => [attachment.session, attachment]))
  for (const row of remains.sessions) {
    state.sessions.set(row.session, restored(row, attached.get(row.session), now))
    attached.delete(row.session)
  }
  for (const { worker: _, ...greeting } of attached.values()) state.greetings.set(greeting.session, greeting)
  for (const offer of remains.offers) state.backlog.put(offer)
  const lost = new Map<string, Holding[]>()
  // The newest attempt first: of an older one the loss was under way, and its row would outlive everything.
  for (const keep of [...remains.keeps].sort((a, b) => b.attempt - a.attempt)) {
    const isHeld = state.sessions.has(keep.holder.session) && state.holdings.find(keep) === undefined
    if (isHeld) state.holdings.put({ ...keep, at: now })
    else {
      const key = `${keep.executionId}\n${keep.run}\n${keep.holder.session}`
      lost.set(key, [...(lost.get(key) ?? []), keep])
    }
  }
  for (const items of lost.values()) {
    const [first] = items
    if (first === undefined) continue
    const { executionId, run, holder } = first
    state.losses.add(state.losses.nextId, { executionId, run, session: holder.session, items }, now)
  }
  return state
}

function restored(row: StoredSession, attachment: Attachment | undefined, now: number): Session {
  const { worker, ...greeting } = attachment ?? { session: row.session, keyId: '', partitions: 1, connectedAt: 0 }
  return {
    ...greeting,
    workerId: row.workerId,
    ...(row.build !== undefined && { build: row.build }),
    workflows: new Set(row.workflows),
    tasks: new Set(row.tasks),
    presence:
      attachment === undefined
        ? { type: 'away', until: Math.min(row.until ?? Number.POSITIVE_INFINITY, now + coldMs), cold: true }
        : { type: 'attached' },
    slots: worker?.slots ?? worker?.credits ?? { workflow: 0, task: 0 },
    credits: worker?.credits ?? { workflow: 0, task: 0 },
    reserved: { workflow: 0, task: 0 },
    draining: worker?.draining ?? false,
    backlogged: worker?.backlogged ?? false,
    questions: [],
  }
}
