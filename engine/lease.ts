/**
 * What an execution and a queue say to each other about work: offers, claims, leases.
 *
 * 1. The execution alone judges who holds its work; the queue alone judges who is connected (L9).
 * 2. Every message may be repeated: items are identified by (execution, run, id, attempt).
 * 3. `body` is the JSON text of the work as the worker gets it; the queue passes it on unread.
 */

export type WorkType = 'activation' | 'task'

/** One attempt at one piece of work. `id` is a task id, or `activation-N`. */
export interface WorkItem {
  id: string
  attempt: number
}

export interface LostItem extends WorkItem {
  /** The session was gone before it was sent: nobody has begun it. */
  unsent?: true
}

export interface WorkBody extends WorkItem {
  token: string
  body: string
}

/** Where a session lives. */
export interface QueueAddress {
  queue: string
  partition: number
}

/** Who has the work. A polling worker's lease ends by itself unless heartbeats renew it. */
export interface Holder extends QueueAddress {
  session: string
  workerId: string
  /** Which code it runs, where it says so. */
  build?: string
  leaseMs?: number
}

/** Work of one execution that looks for a worker, told as a present count: repeating it replaces the count. */
export interface Offer {
  executionId: string
  run: number
  type: WorkType
  kind: string
  priority: number
  count: number
  /** Epoch ms since which the oldest has waited. */
  since: number
  /** Grows with every message of this execution: an older count never replaces a newer one. */
  revision: number
  /** The session that keeps the run in memory: asked first, others at once if it has no credit. */
  prefer?: string
  /** Whose code does not fit it (`codeOf`), in order: they are not given it. */
  not?: string[]
  /** The first items, to be pushed without asking again. */
  items: WorkBody[]
}

/** Which of the offered items were pushed, and to whom; the others wait for credit. */
export interface OfferReply {
  held: { id: string; attempt: number; holder: Holder }[]
  /** A newer count is known here, of this revision: the offer was not taken. */
  revision?: number
}

/** A queue with credit asks for up to `count` items of an offer. */
export interface Claim {
  run: number
  type: WorkType
  kind: string
  priority: number
  count: number
  holder: Holder
  /** Of the count that the queue knows: the answer's is above it. */
  revision?: number
}

export interface Claimed {
  items: WorkBody[]
  /** What still waits of this offer. */
  remaining: number
  revision: number
}

/** Work still out after a while: the queue is to remember it under its session, durably. Without session: who has it? */
export interface KeepItem {
  executionId: string
  run: number
  type: WorkType
  id: string
  attempt: number
  token: string
  session?: string
}

/** `cold`: the queue itself started moments ago and cannot know; ask again after `retryAfterMs`. */
export type KeepVerdict = { verdict: 'kept'; holder: Holder } | { verdict: 'gone' } | { verdict: 'cold'; retryAfterMs: number }

/** A reconnecting worker says that it holds this; `token` proves that it was given. */
export interface ConfirmItem {
  run: number
  id: string
  token: string
}

/** Work that is closed or taken back: whoever has it is told to stop, and it is forgotten. */
export interface ReleaseItem {
  executionId: string
  run: number
  id: string
  attempt: number
  /** Absent: whoever has it. */
  session?: string
  /** Present: the worker is told to stop, and why. */
  cancel?: string
  /** The work is its holder's until that answers: if the holder is lost, so is the work. */
  stays?: true
}

/** What executions ask of queues. */
export interface QueueLeases {
  offer(offer: Offer): Promise<OfferReply>
  /** Answers in the order of the items. */
  keep(items: KeepItem[]): Promise<KeepVerdict[]>
  release(items: ReleaseItem[]): Promise<void>
}

/** What queues ask of executions. */
export interface ExecutionLeases {
  claim(claim: Claim): Promise<Claimed>
  /** True where the work is still out under that token; it is then held by `holder`. In the order of the items. */
  confirm(items: ConfirmItem[], holder: Holder): Promise<boolean[]>
  /** The session is gone, and these with it. Items that are closed or under another attempt are ignored. */
  lost(run: number, items: LostItem[], session: string): Promise<void>
}
