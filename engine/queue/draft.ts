/**
 * The changes of one turn, applied to the state as they are made, so that each decision sees those before it: credit that
 * one spends, the next does not have. The durable ones are collected for one transaction, effects for after it.
 */
import type { DurableChange, Mark } from './change.ts'
import type { Effect, Message } from './effect.ts'
import { evolve } from './evolve.ts'
import type { QueueState } from './state.ts'

export class Draft {
  readonly state: QueueState
  readonly now: number
  /** When a session was last heard of, epoch ms; undefined if never. */
  readonly heardOf: (session: string) => number | undefined
  readonly changes: DurableChange[] = []
  readonly effects: Effect[] = []
  /** Sessions whose socket's attachment must be written. */
  readonly touched = new Set<string>()

  constructor(state: QueueState, now: number, heardOf: (session: string) => number | undefined) {
    this.state = state
    this.now = now
    this.heardOf = heardOf
  }

  record(change: DurableChange): void {
    evolve(this.state, change)
    this.changes.push(change)
    if (change.type === 'session-opened') this.touched.add(change.session.session)
  }

  mark(mark: Mark): void {
    evolve(this.state, mark)
    if (mark.type === 'credited' || mark.type === 'draining' || mark.type === 'backlogged') this.touched.add(mark.id)
  }

  send(session: string, message: Message): void {
    this.effects.push({ type: 'send', session, message })
  }

  effect(effect: Effect): void {
    this.effects.push(effect)
  }
}
