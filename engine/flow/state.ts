/**
 * A run of a flow in memory: which visits of tasks are open, what each of their items came to, what is about to start.
 * Like the rest of a run it is made by `evolve` alone and holds ids and sequences; authors' values stay in the log.
 *
 * 1. A visit is one arrival at a task: (task, number). Its work is its items; a task without `with_items` has one.
 * 2. Items go out in index order, so those that are parked are the ones from `items.length` on.
 * 3. Counters change with the item (F2): nothing is counted by looking at all items (F13).
 */
import type { FlowDefinition, FlowTask } from './definition.ts'
import type { FlowMemory } from './memory.ts'

export type ItemStatus = 'out' | 'succeeded' | 'failed' | 'timed_out' | 'cancelled'
export type EndedStatus = Exclude<ItemStatus, 'out'>
export type FlowOutcome = EndedStatus | 'skipped' | 'unreachable'

export interface FlowItem {
  /** Of its task, child or promise; `signal` while it waits for one. */
  id: string
  status: ItemStatus
  key?: string
  attempts: number
  /** Sequence of the event that ended it. */
  endedBy?: number
}

export interface Visit {
  key: string
  task: string
  number: number
  /** Of its FLOW_TASK_STARTED. */
  sequence: number
  startedAt: number
  /** Undefined: it has no items of its own, and is one piece of work. */
  fan?: { concurrency: number; keys?: string[] }
  /** The signal that it waits for. */
  signal?: string
  timerId?: string
  total: number
  items: FlowItem[]
  counters: Record<ItemStatus, number>
}

export interface ClosedVisit extends Visit {
  outcome: FlowOutcome
  /** Of its FLOW_TASK_CLOSED. */
  closedBy: number
}

export interface Unhandled {
  task: string
  outcome: FlowOutcome
  /** Why, where it was the flow itself that failed. */
  message?: string
  /** Sequence of the event that holds the failure. */
  cause?: number
}

export interface FlowState {
  name: string
  version: number
  hash: string
  definition: FlowDefinition
  tasks: Map<string, FlowTask>
  phase: 'running' | 'cancelling' | 'on_cancel'
  /** Everything that is out has been asked to end. */
  isSwept: boolean
  /** Something has happened since the interpreter last looked. */
  isWoken: boolean
  open: Map<string, Visit>
  /** The last closed visit of each task. */
  closed: Map<string, ClosedVisit>
  /** Visits begun, by task and in all. */
  visits: Map<string, number>
  steps: number
  /** Tasks that are to start, in order. */
  ready: string[]
  /** Arrivals at a task with a join, by source. */
  arrivals: Map<string, Map<string, number>>
  /** Which edges of a task were ever taken. */
  taken: Map<string, Set<number>>
  /** Whose work an id is. */
  owners: Map<string, { visit: string; index: number }>
  /** Visits to look at. */
  dirty: Set<string>
  /** Visits with parked items that wait for room among the open tasks of the run. */
  starved: Set<string>
  /** Visits that wait for a signal, by its name, in the order in which they began. */
  waiters: Map<string, Set<string>>
  /** Sequences of signals that nobody has taken, by name. */
  inbox: Map<string, number[]>
  /** Sequences of the FLOW_TASK_CLOSED that published. */
  published: number[]
  /** Counts the closings: what is read from closed visits is read anew. */
  closings: number
  /** Tasks that the end of the run has written off: never reached, or no longer to be joined. */
  recorded: Set<string>
  unhandled?: Unhandled
  ids: { task: number; timer: number; promise: number; child: number }
  /** Values read from the log, kept while they are needed; without it they are read again. */
  memory: FlowMemory
}

export const visitKey = (task: string, number: number): string => `${task}#${number}`

export const parkedIn = (visit: Visit): number => visit.total - visit.items.length

export const failuresIn = ({ counters }: Visit): number => counters.failed + counters.timed_out + counters.cancelled
