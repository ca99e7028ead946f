/**
 * Everything that can change a queue's state. Durable changes are written in one transaction; marks live in memory or in
 * the attachment of the session's socket.
 */
import type { WaitingOffer } from './backlog.ts'
import type { Holding } from './holdings.ts'
import type { Credits, Greeting, Session } from './session.ts'
import type { ClaimOut, Confirmation, Loss } from './state.ts'

export type DurableChange =
  | { type: 'offer-waits'; offer: WaitingOffer }
  | { type: 'offer-gone'; key: string; offer: WaitingOffer; revision: number; at: number }
  | { type: 'session-opened'; session: Session }
  /** Its socket is closed; it is lost if it has not come back by then. */
  | { type: 'session-left'; id: string; until: number }
  /** Its kept work, if any is left, is lost: rows without a session are losses. */
  | { type: 'session-forgotten'; id: string }
  | { type: 'item-kept'; holding: Holding }
  | { type: 'item-dropped'; holding: Holding }
  | { type: 'loss-delivered'; id: number; items: Holding[] }

export type Mark =
  | { type: 'greeted'; greeting: Greeting }
  | { type: 'greeting-ended'; id: string }
  /** The count differs little from the row's. */
  | { type: 'offer-counted'; offer: WaitingOffer }
  | { type: 'offer-gone-already'; key: string; revision: number; at: number }
  | { type: 'offer-delayed'; key: string; retryAt: number }
  | { type: 'claim-sent'; claim: ClaimOut }
  | { type: 'claim-overdue'; id: number }
  | { type: 'claim-ended'; id: number }
  | { type: 'polling'; session: Session }
  | { type: 'poll-ended'; id: string }
  | { type: 'credited'; id: string; credits: Credits }
  | { type: 'draining'; id: string }
  | { type: 'backlogged'; id: string; backlogged: boolean }
  | { type: 'asked'; id: string; tokens: string[] }
  | { type: 'answered'; id: string }
  | { type: 'item-held'; holding: Holding }
  /** Leaves the holdings; the row, if it is kept, stays until the loss is delivered. */
  | { type: 'items-lost'; id: number; loss: Loss; at: number }
  | { type: 'loss-sent'; id: number; at: number }
  | { type: 'loss-failed'; id: number; at: number }
  | { type: 'confirming'; id: number; confirmation: Confirmation; at: number }
  | { type: 'confirm-sent'; id: number; at: number }
  | { type: 'confirm-failed'; id: number; at: number }
  | { type: 'confirm-ended'; id: number }
  | { type: 'listened'; at: number }
  | { type: 'time-passed'; at: number }

export type Change = DurableChange | Mark
