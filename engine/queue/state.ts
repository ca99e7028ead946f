/**
 * What a queue object knows. Sessions, waiting offers and kept work are also rows; the rest is memory, and found out
 * again after a restart.
 */
import type { InFlightItem } from '../../schemas/socket/up.ts'
import type { Claim, QueueAddress } from '../lease.ts'
import { Backlog } from './backlog.ts'
import { Deliveries } from './delivery.ts'
import { type Holding, Holdings } from './holdings.ts'
import type { Greeting, Session } from './session.ts'

/** A claim in flight. */
export interface ClaimOut {
  id: number
  offer: string
  executionId: string
  claim: Claim
  since: number
  sentAt: number
  /** It holds no credit any more. */
  overdue?: true
}

/** Work of one session that its execution must be told to be lost. */
export interface Loss {
  executionId: string
  run: number
  session: string
  items: Holding[]
}

/** What a worker says that it holds, to be confirmed by the execution. */
export interface Confirmation {
  executionId: string
  session: string
  items: InFlightItem[]
}

export interface QueueState {
  address: QueueAddress
  greetings: Map<string, Greeting>
  sessions: Map<string, Session>
  backlog: Backlog
  holdings: Holdings
  claims: Map<number, ClaimOut>
  lastClaim: number
  losses: Deliveries<Loss>
  confirmations: Deliveries<Confirmation>
  /** When sessions with kept work were last looked at for pings. */
  listenedAt: number
}

export const blankState = (address: QueueAddress, now: number): QueueState => ({
  address,
  greetings: new Map(),
  sessions: new Map(),
  backlog: new Backlog(),
  holdings: new Holdings(),
  claims: new Map(),
  lastClaim: 0,
  losses: new Deliveries(),
  confirmations: new Deliveries(),
  listenedAt: now,
})
