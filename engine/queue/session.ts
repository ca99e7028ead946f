/**
 * A worker's connection as the queue sees it.
 *
 * 1. `reserved` is the part of `credits` that claims in flight may still spend: 0 ≤ reserved ≤ credits ≤ `creditLimit`.
 * 2. A session takes work only while it is attached or polling, and only of kinds that it announced.
 */
import type { Holder, QueueAddress, WorkType } from '../lease.ts'

export interface Credits {
  workflow: number
  task: number
}

export type Presence =
  | { type: 'attached' }
  /** A long poll: its work is leased for a while and never taken back by the queue. */
  | { type: 'polling' }
  /** No socket. `cold`: it has not come back since the queue object started. Lost at `until`. */
  | { type: 'away'; until: number; cold: boolean }

/** A socket whose worker has not said hello. */
export interface Greeting {
  session: string
  keyId: string
  keyExpiresAt?: number
  partitions: number
  connectedAt: number
}

export interface Session extends Greeting {
  workerId: string
  build?: string
  workflows: ReadonlySet<string>
  tasks: ReadonlySet<string>
  presence: Presence
  credits: Credits
  reserved: Credits
  draining: boolean
  /** It was told that work waits. */
  backlogged: boolean
  /** Tokens it was asked about and has not answered for, oldest question first. */
  questions: string[][]
}

/** The most that may be granted at a time. */
export const creditLimit = 10_000
export const pollLeaseMs = 30_000

export const slotOf = (type: WorkType): keyof Credits => (type === 'activation' ? 'workflow' : 'task')

export const announces = (session: Session, type: WorkType, kind: string): boolean =>
  (type === 'activation' ? session.workflows : session.tasks).has(kind)

/** Credit that nothing in flight may spend. */
export const freeCredit = (session: Session, type: WorkType): number =>
  session.credits[slotOf(type)] - session.reserved[slotOf(type)]

export type PresentSession = Session & { presence: Exclude<Presence, { type: 'away' }> }

export const isPresent = (session: Session | undefined): session is PresentSession =>
  session !== undefined && session.presence.type !== 'away'

export const holderOf = (session: Session, address: QueueAddress): Holder => ({
  ...address,
  session: session.session,
  workerId: session.workerId,
  ...(session.presence.type === 'polling' && { leaseMs: pollLeaseMs }),
})
