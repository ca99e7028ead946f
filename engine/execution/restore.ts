/** An execution's state from what is on disk: the log in order, between its events the attempts that ended, then other rows. */
import type { OutboxEntry } from '../outbox.ts'
import type { AttemptEnded, SettlementKept, WorkHeld } from './change.ts'
import { awaken } from './due.ts'
import { evolve } from './evolve.ts'
import type { LogEvent } from './log-event.ts'
import { blankExecution, type ExecutionState, type RunState } from './state.ts'

export interface Recorded {
  org: string
  executionId: string
  createdAt: number
  /** The log of the latest run, with the size of each payload, which need not be read. */
  events: Iterable<{ event: LogEvent; size: number }>
  /** In the order in which they happened. */
  attempts: AttemptEnded[]
  holds: WorkHeld[]
  /** Settlements that wait for their promises. Their payloads need not be read. */
  settlements: SettlementKept[]
  outbox: OutboxEntry[]
}

/** The size of a payload that was not read. */
function noteSize(run: RunState | undefined, event: LogEvent, size: number): void {
  if (run === undefined) return
  run.logBytes += size
  const task = event.type === 'TASK_SCHEDULED' ? run.tasks.get(event.data.taskId) : undefined
  if (task !== undefined) task.inputSize = size
}

export function restore(recorded: Recorded, now: number): ExecutionState {
  const state = blankExecution(now, recorded.executionId)
  state.org = recorded.org
  let next = 0
  const attemptsBefore = (sequence: number): void => {
    for (let ended = recorded.attempts[next]; ended !== undefined && ended.after < sequence; ended = recorded.attempts[next]) {
      evolve(state, ended)
      next += 1
    }
  }
  for (const { event, size } of recorded.events) {
    attemptsBefore(event.sequence)
    evolve(state, { type: 'event', event })
    if (event.payload === undefined) noteSize(state.run, event, size)
  }
  attemptsBefore(Number.POSITIVE_INFINITY)
  for (const hold of recorded.holds) evolve(state, hold)
  for (const kept of recorded.settlements) evolve(state, kept)
  for (const entry of recorded.outbox) evolve(state, { type: 'posted', entry })
  state.createdAt = recorded.createdAt
  awaken(state, now)
  return state
}
