/** All that an execution has on disk. A turn is one transaction: events, rows, head, alarm. */
import type { DurableChange } from '../../engine/execution/change.ts'
import type { PayloadSource } from '../../engine/execution/draft.ts'
import { evolve } from '../../engine/execution/evolve.ts'
import { restore } from '../../engine/execution/restore.ts'
import { blankExecution, type ExecutionState } from '../../engine/execution/state.ts'
import { AttemptStore } from './attempt-store.ts'
import { EventStore } from './event-store.ts'
import { type Head, HeadStore } from './head-store.ts'
import { HoldStore } from './hold-store.ts'
import { type DoneRequest, IdempotencyStore } from './idempotency-store.ts'
import { OutboxStore } from './outbox-store.ts'
import { RunStore } from './run-store.ts'
import { Schema } from './schema.ts'
import { SettlementStore } from './settlement-store.ts'

export interface Turn {
  changes: DurableChange[]
  /** The requests with keys that made the changes. */
  idempotency: DoneRequest[]
  /** Moves the alarm here. */
  alarmAt?: number
  now: number
}

export class ExecutionStore implements PayloadSource {
  readonly #storage: DurableObjectStorage
  readonly events: EventStore
  readonly attempts: AttemptStore
  readonly holds: HoldStore
  readonly outbox: OutboxStore
  readonly settlements: SettlementStore
  readonly idempotency: IdempotencyStore
  readonly runs: RunStore
  readonly #heads: HeadStore
  #head: Head | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    const schema = new Schema(storage.sql)
    this.events = new EventStore(storage.sql, schema)
    this.attempts = new AttemptStore(storage.sql, schema)
    this.holds = new HoldStore(storage.sql, schema)
    this.outbox = new OutboxStore(storage.sql, schema)
    this.settlements = new SettlementStore(storage.sql, schema)
    this.idempotency = new IdempotencyStore(storage.sql, schema)
    this.runs = new RunStore(storage.sql, schema)
    this.#heads = new HeadStore(storage.sql, schema)
    this.#head = this.#heads.read()
  }

  get head(): Head | undefined {
    return this.#head
  }

  /** The state that the disk tells. */
  load(now: number, name: string): ExecutionState {
    const head = this.#head
    if (head === undefined) return blankExecution(now, name)
    const { org, executionId, createdAt, run } = head
    const events = this.events.read(run)
    return restore(
      {
        org,
        executionId,
        createdAt,
        events,
        attempts: this.attempts.read(run),
        holds: this.holds.read(run),
        settlements: this.settlements.read(run),
        outbox: this.outbox.read(),
      },
      now,
    )
  }

  /** The value that was posted with a message, as JSON text. */
  payloadOf(id: number): string | undefined {
    return this.outbox.payload(id)
  }

  payload(run: number, sequence: number): string | undefined {
    return this.events.payload(run, sequence)
  }

  settlement(run: number, name: string): string | undefined {
    return this.settlements.payload(run, name)
  }

  /** A run of the past, to be read. */
  loadRun(run: number, now: number): ExecutionState {
    const state = blankExecution(now, '')
    for (const { event } of this.events.read(run)) evolve(state, { type: 'event', event })
    return state
  }

  dropRun(run: number): void {
    this.#storage.transactionSync(() => this.runs.drop(run))
  }

  commit(turn: Turn, state: ExecutionState): void {
    this.#storage.transactionSync(() => {
      const run = state.run?.number
      if (run !== undefined && turn.changes.length > 0) this.#writeHead(state, run)
      for (const change of turn.changes) this.#write(change)
      for (const done of turn.idempotency) this.idempotency.keep(done, turn.now)
      if (turn.alarmAt !== undefined) void this.#storage.setAlarm(turn.alarmAt)
    })
    if (this.#head !== undefined && state.run !== undefined) this.#head = { ...this.#head, run: state.run.number }
  }

  #writeHead(state: ExecutionState, run: number): void {
    if (this.#head === undefined) {
      const secret = Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('')
      const head = { org: state.org, executionId: state.executionId, secret, run, createdAt: state.createdAt }
      this.#heads.create(head)
      this.#head = head
    } else if (this.#head.run !== run) this.#heads.setRun(run)
  }

  #write(change: DurableChange): void {
    switch (change.type) {
      case 'event':
        return this.events.append(change.event)
      case 'attempt-ended':
        return this.attempts.insert(change)
      case 'held':
        return this.holds.put(change)
      case 'hold-ended':
        return this.holds.delete(change.run, change.id)
      case 'settlement-kept':
        return this.settlements.keep(change)
      case 'settlement-taken':
        return this.settlements.take(change)
      case 'posted':
      case 'delivered':
      case 'delivery-failed':
        return this.outbox.write(change)
    }
  }
}
