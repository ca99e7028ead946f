/**
 * A worker's connection as the queue sees it.
 *
 * 1. `reserved` is the part of `credits` that claims in flight may still spend: 0 ≤ reserved ≤ credits ≤ `creditLimit`.
 * 2. A session takes work only while it is attached or polling, of kinds that it announced, and that its code fits.
 */
import type { Holder, QueueAddress, WorkType } from '../lease.ts'
import { codeOf } from '../misfit.ts'

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
  /** What it can do at once over this connection, as far as it has said: for those who look. Never below its credits. */
  slots: Credits
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

/** What a session must be able to do, and whose code does not fit. */
export interface Demand {
  type: WorkType
  kind: string
  not?: readonly string[]
}

/** It announced the kind, and is not known not to fit. */
export function canTake(session: Session, { type, kind, not }: Demand): boolean {
  if (!(type === 'activation' ? session.workflows : session.tasks).has(kind)) return false
  return not === undefined || !not.includes(codeOf({ ...session, ...leaseOf(session) }))
}

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
  ...(session.build !== undefined && { build: session.build }),
  ...leaseOf(session),
})

const leaseOf = ({ presence }: Session): { leaseMs?: number } => (presence.type === 'polling' ? { leaseMs: pollLeaseMs } : {})
