/**
 * An execution in memory: what its log and rows say, and what is known of work under way. It holds ids and times, never
 * authors' values. `evolve` alone changes it.
 *
 * Work (a task's attempt, an activation) is in one of these phases:
 * - `ready`: looks for a worker; `offering`: in an offer whose reply is still out;
 * - `out`: with a holder; `unknown`: after a restart, until the queue or a worker says where it is.
 */
import type { Parent, ParentClosePolicy } from '../../schemas/parent.ts'
import type { Timeouts } from '../../schemas/retry.ts'
import type { ClosedStatus } from '../../schemas/statuses.ts'
import type { FlowState } from '../flow/state.ts'
import type { Holder } from '../lease.ts'
import { Outbox } from '../outbox.ts'
import type { FrameShelf } from '../stream/frame-shelf.ts'
import type { Issued } from './change.ts'
import type { DueList } from './due-list.ts'
import type { FormerParent, WorkMark } from './log-event.ts'
import type { OfferGroup } from './offer-group.ts'
import type { WaitedFor } from './waited-for.ts'

export type Phase = 'ready' | 'offering' | 'unknown' | 'out'

export interface Lease {
  phase: Phase
  /** Since when it has been in this phase. */
  since: number
  /** Not before this time is it ready. */
  dueAt: number
  holder?: Holder
  startedAt?: number
  renewedAt?: number
  /** The last sign of life that is on disk. */
  notedAt?: number
  /** Its worker has given it up to whoever has the token: nobody is asked, and nobody's loss is its loss. */
  handedOver?: true
  /** The hold is on disk. */
  held: boolean
  /** When the queue is to be asked who has it. */
  askAt?: number
  /** How often the queue has confirmed it. */
  asks: number
}

/** A retry policy without gaps. */
export interface FullRetryPolicy {
  initialIntervalMs: number
  backoffCoefficient: number
  maximumIntervalMs: number
  maximumAttempts: number
  nonRetryable: readonly string[]
}

export interface OpenTask {
  id: string
  /** Of its TASK_SCHEDULED. */
  sequence: number
  kind: string
  queue: string
  priority: number
  retry: FullRetryPolicy
  timeouts: Timeouts
  scheduledAt: number
  attempt: number
  lease: Lease
  /** Characters of its input. */
  inputSize: number
  cancelRequestedAt?: number
  /** JSON text of the last heartbeat's details. */
  heartbeat?: string
}

export interface OpenTimer {
  id: string
  fireAt: number
  startedAt: number
}

export interface OpenPromise {
  id: string
  name: string
  createdAt: number
  dueAt?: number
}

export interface OpenChild {
  id: string
  executionId: string
  kind: string
  parentClosePolicy: ParentClosePolicy
  initiatedAt: number
  started: boolean
  cancelRequested: boolean
}

export interface OpenActivation {
  lease: Lease
  /** As it was last handed out. */
  issued?: Issued
}

/** Side effects that a worker runs for the workflow beyond the answer to its activation. */
export interface OperationsOut {
  /** The activation whose token they carry, and the end of the block that was the last when it was given. */
  id: string
  blockEnd: number
  names: Map<string, { name: string; since: number }>
  lease: Lease
}

export type TaskOutcome = 'COMPLETED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED'

export interface RunProblemState {
  type: string
  message: string
  since: number
  attempts: number
  /** JSON text. */
  details?: string
  /** Until then the activation is not for those (`codeOf`), in order. Epoch ms. */
  parked?: { until: number; not: string[] }
}

/** Who asked for something, when, and why. */
export interface Asked {
  at: number
  by: string
  reason?: string | undefined
  /** The id of the request, when an execution asked. */
  request?: string
}

export interface RunState {
  executionId: string
  number: number
  kind: string
  queue: string
  startedAt: number
  firstActivationAt: number
  timeoutAt?: number
  limits: { openTasks: number; eventsPerRun: number }
  attributes: Record<string, string | number | boolean | string[]>
  memo?: string
  headers?: Record<string, string>
  bodyHash?: string
  lastSequence: number
  lastAt: number
  logBytes: number
  /** The last waking event. */
  lastWaking: number
  /** What the last answered activation had seen. */
  snapshotSequence: number
  lastActivationAt: number
  /** Of the last closing event of an activation: everything up to here is settled. The open one's token says it. */
  lastBlockEnd: number
  /** Activations that were taken back or failed. */
  activationsLost: number
  /** A lost operation must run again although no event says so. */
  rerun: boolean
  activation?: OpenActivation
  answered?: WorkMark
  operations?: OperationsOut
  doneOperations: Set<string>
  awaits: WaitedFor[]
  problem?: RunProblemState
  parent?: Parent
  /** Whose child earlier runs were. */
  formerParents: FormerParent[]
  parentStartedAt?: number
  cancellation?: Asked
  paused?: Asked
  tasks: Map<string, OpenTask>
  closedTasks: Map<string, { attempt: number; outcome: TaskOutcome; byWorker: boolean }>
  timers: Map<string, OpenTimer>
  usedTimers: Set<string>
  children: Map<string, OpenChild>
  usedChildren: Set<string>
  /** Requests to other executions that were made, answered or not. */
  usedExternals: Set<string>
  /** Open ones, in the order of their creation. */
  promises: Map<string, OpenPromise>
  settledPromises: Set<string>
  settledNames: Set<string>
  /** By name: they came before their promise, and their values wait on disk. */
  keptSettlements: Map<string, { outcome: 'RESOLVED' | 'REJECTED'; size: number }>
  /** Where each signal is in the log, by its id. */
  signals: Map<string, number>
  /** Sequences of the signals that no answer has seen, in order. */
  unreadSignals: number[]
  /** Closing answers refused one after another, because of unread signals. */
  superseded: number
  /** The state that the code shows: where each key was set last. */
  state: Map<string, number>
  closed?: { status: ClosedStatus; at: number; sequence: number }
  /** The session that has the run in memory, and the sequence up to which it knows the log. */
  kept?: { session: string; from: number }
  /** Of a flow, which the engine itself advances: such a run wants no worker for it. */
  flow?: FlowState
  groups: Map<string, OfferGroup>
  due: DueList
  /** The last frames of open tasks. */
  shelf: FrameShelf
}

export interface ExecutionState {
  org: string
  executionId: string
  createdAt: number
  run: RunState | undefined
  outbox: Outbox
  /** What queues were told of runs that others have followed: to be told that nothing of it waits. */
  withdrawn: { run: number; group: OfferGroup }[]
  /** Grows with every message to a queue about waiting work. */
  revision: number
}

/** `executionId`: what it would be, so that what is not there can be named. */
export const blankExecution = (now: number, executionId: string): ExecutionState => ({
  org: '',
  executionId,
  createdAt: 0,
  run: undefined,
  outbox: new Outbox(now),
  withdrawn: [],
  revision: now * 1_000,
})
