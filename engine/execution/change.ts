/**
 * Everything that can change an execution's state. Durable changes are written in the transaction that makes them true;
 * marks live in memory only and are found out again after a restart.
 */
import type { Awaiting } from '../../schemas/awaiting.ts'
import type { Holder } from '../lease.ts'
import type { OutboxChange } from '../outbox.ts'
import type { Frame } from '../stream/frame.ts'
import type { LogEvent } from './log-event.ts'

/** An attempt that ended without ending its work: a row, not an event. */
export interface AttemptEnded {
  type: 'attempt-ended'
  run: number
  /** A task id, or `activation` (all activations of a run share one count). */
  work: string
  attempt: number
  /** The end of the log when it happened: where it belongs when the log is read back. */
  after: number
  outcome: 'FAILED' | 'TIMED_OUT'
  startedAt?: number
  endedAt: number
  workerId?: string
  /** When the next attempt is due. */
  nextAt: number
  /** JSON text of the failure. */
  failure: string
  /** JSON text of the last heartbeat's details. */
  lastHeartbeat?: string
  /** JSON text of what a determinism error says. */
  determinism?: string
  /** Whose code it was that does not fit the log (`codeOf`): until `nextAt` it is for others. */
  misfit?: string
}

/** Work that is out for a while: who has it survives a restart. */
export interface WorkHeld {
  type: 'held'
  run: number
  id: string
  attempt: number
  /** Undefined: a task that its worker has handed over to whoever has the token. */
  holder: Holder | undefined
  startedAt: number
  /** The last sign of life, as far as is written down. */
  renewedAt?: number
  heartbeat?: string
}

export interface HoldEnded {
  type: 'hold-ended'
  run: number
  id: string
}

/** A promise was settled before it was made. */
export interface SettlementKept {
  type: 'settlement-kept'
  run: number
  name: string
  outcome: 'RESOLVED' | 'REJECTED'
  /** Characters of its payload. */
  size: number
  /** JSON text of the value or of the failure; not read back. */
  payload?: string
}

/** The promise was made: the kept payload becomes that of the event with this sequence, and the row goes. */
export interface SettlementTaken {
  type: 'settlement-taken'
  run: number
  name: string
  sequence: number
}

export type DurableChange =
  | { type: 'event'; event: LogEvent }
  | AttemptEnded
  | WorkHeld
  | HoldEnded
  | SettlementKept
  | SettlementTaken
  | OutboxChange

export type Mark =
  /** Reserved for an offer in flight. */
  | { type: 'offering'; id: string; issued?: Issued }
  /** Not taken after all, or known to be with nobody. */
  | { type: 'ready'; id: string; at: number }
  | { type: 'handed-out'; id: string; at: number; holder: Holder; issued?: Issued }
  | { type: 'renewed'; id: string; at: number }
  /** Anybody may try the activation again. */
  | { type: 'unparked' }
  /** Asked for: ask again at this time. */
  | { type: 'asked'; id: string; askAt: number; confirmed?: boolean }
  /** An answer without commands: only the snapshot moves. */
  | { type: 'idled'; id: string; attempt: number; snapshotSequence: number; activationAt: number }
  | { type: 'kept'; session: string | undefined; from: number }
  | {
      type: 'operations-out'
      id: string
      blockEnd: number
      names: { operationId: string; name: string }[]
      holder: Holder | undefined
      at: number
    }
  /** A frame of an open task, kept for readers who come later. */
  | { type: 'shown'; frame: Frame }
  | { type: 'awaits'; names: Awaiting[]; at: number }
  /** The interpreter has looked at a visit of a flow; `starved`: it goes on once the run has room for tasks. */
  | { type: 'flow-looked'; visit: string; starved: boolean }
  /** Everything has been looked at, or asked to end. */
  | { type: 'flow-rests' }
  | { type: 'flow-swept' }

/** An activation as it was handed out. */
export interface Issued {
  id: string
  attempt: number
  snapshotSequence: number
  activationAt: number
}

export type Change = DurableChange | Mark
