/**
 * What the routes ask of the objects. Arguments and answers are plain data that survive structured clone; authors'
 * values stay JSON text (`Text`) from the route to the disk and back, so nothing on the way looks inside them.
 */
import type { Answer } from '../engine/answer.ts'
import type { ReportRequest, StartCommand } from '../engine/execution/commands.ts'
import type { ExecutionMessage } from '../engine/execution/messages.ts'
import type { Settled, Settlement } from '../engine/execution/promises.ts'
import type { ReportAnswer } from '../engine/execution/requests.ts'
import type { StartedAndSignalled } from '../engine/execution/signal-with-start.ts'
import type { SignalCommand, SignalTaken } from '../engine/execution/signals.ts'
import type { Summary } from '../engine/index/summary.ts'
import type { ExecutionLeases, QueueLeases } from '../engine/lease.ts'
import type { UnservedKind } from '../engine/unserved.ts'
import type { StartAnswer } from '../schemas/executions.ts'
import type { QueueSummary, WorkerSummary } from '../schemas/queues.ts'

/** JSON text, ready to be sent as it is. */
export type Text = string

/** Where an export goes on: after this event of this run. Run 0: at the oldest. */
export interface ExportPlace {
  run: number
  after: number
}

/** The same key again within 24 h is answered as before; with another body hash it is a conflict. */
export interface Idempotency {
  key: string
  bodyHash: string
}

/** `by`: the name of the principal. */
export interface SteerRequest {
  by: string
  reason?: string
  idempotency?: Idempotency
}

export interface ExecutionPort extends ExecutionLeases {
  /** Creates the execution, or answers for the one that is there; with its `result` if that comes within `waitMs`. */
  start(command: StartCommand, waitMs?: number): Promise<Answer<StartAnswer & { created: boolean; result?: Text }>>
  /** `Text` of schemas `description`. */
  describe(run?: number): Promise<Answer<Text>>
  /** `Text` of `executionResult`; `open: true` when `waitMs` passed and it is still open. */
  result(waitMs: number): Promise<Answer<{ open: boolean; text: Text }>>
  /** `Text` of `eventPage`. */
  events(query: { after: number; limit: number; run?: number }): Promise<Answer<Text>>
  /** `Text` of `taskPage`; with `task` of `flowItemPage`. */
  tasks(query: { run?: number; limit: number; cursor?: string; task?: string }): Promise<Answer<Text>>
  /** `Text` of `taskDescription`. */
  task(taskId: string, run?: number): Promise<Answer<Text>>
  terminate(request: SteerRequest): Promise<Answer<null>>
  /** Asks the run's code to end. */
  cancel(request: SteerRequest): Promise<Answer<null>>
  pause(request: SteerRequest): Promise<Answer<null>>
  resume(request: SteerRequest): Promise<Answer<null>>
  signal(signal: SignalCommand, idempotency?: Idempotency): Promise<Answer<SignalTaken>>
  signalWithStart(command: StartCommand, signal: SignalCommand, idempotency?: Idempotency): Promise<Answer<StartedAndSignalled>>
  settlePromise(nameOrId: string, settlement: Settlement, idempotency?: Idempotency): Promise<Answer<Settled>>
  /** `Text` of `stateAnswer`. */
  state(run?: number): Promise<Answer<Text>>
  /** `Text` of `stateValueAnswer`. */
  stateValue(key: string, run?: number): Promise<Answer<Text>>
  /** A worker's answers: every door for workers ends here. */
  report(request: ReportRequest): Promise<Answer<ReportOutcome>>
  /** `Text` of `childList`. */
  children(run?: number): Promise<Answer<Text>>
  /** `Text` of `runList`. */
  runs(): Promise<Answer<Text>>
  /** A page of its logs, run by run, as JSON lines. */
  export(from: ExportPlace): Promise<Answer<{ lines: Text; next?: ExportPlace }>>
  /** What it tells the index of itself. */
  summary(): Promise<Summary | undefined>
  /** Deletes it, if it is closed. */
  delete(): Promise<Answer<null>>
  /** Another execution speaks. It may say the same again. */
  receive(message: ExecutionMessage): Promise<Answer<null>>
  /** The live stream, already authenticated; see `execution/stream-request.ts`. */
  fetch(request: Request): Promise<Response>
  /** Whether `token` was given for `work` (a task or activation id) of this execution and that work is still out. */
  holdsWork(work: string, token: string): Promise<boolean>
}

export interface ReportOutcome {
  /** Per report, in order. */
  results: ReportAnswer[]
  /** `Text` of `reply`; absent when the execution does not exist. */
  reply: Text
}

export interface PollRequest {
  workerId: string
  build?: string
  workflows: string[]
  tasks: string[]
  accept: { workflow: number; task: number }
  waitMs: number
  /** Whose poll it is: it ends with its key. */
  keyId: string
  keyExpiresAt?: number
}

export interface QueuePort extends QueueLeases {
  /** `Text` of `pollAnswer`. */
  poll(request: PollRequest): Promise<Answer<Text>>
  describe(): Promise<QueueSummary>
  workers(): Promise<WorkerSummary[]>
  /** Kinds of work that wait in this partition and that no worker takes. */
  unserved(): Promise<(UnservedKind & { partition: number })[]>
  /** Closes the sockets, and ends the polls, that were opened with this key. */
  revoke(keyId: string): Promise<void>
  /** The WebSocket upgrade, already authenticated; see `connectHeaders`. */
  fetch(request: Request): Promise<Response>
}

/** How the route tells the queue object who is connecting, once it has checked the key. */
export const connectHeaders = {
  keyId: 'Perdure-Key-Id',
  /** Epoch ms, absent when the key does not expire. */
  keyExpiresAt: 'Perdure-Key-Expires-At',
  /** How many partitions this queue has. */
  partitions: 'Perdure-Partitions',
} as const
