/**
 * The changes of one turn, applied to the state as they are made, so that each decision sees those before it. What is
 * durable is collected for one transaction.
 */
import type { EventType } from '../../schemas/events.ts'
import type { Holder, ReleaseItem } from '../lease.ts'
import type { OutboxMessage, ReleaseMessage } from '../outbox.ts'
import type { Frame } from '../stream/frame.ts'
import { begunFrame, retryingFrame } from '../stream/own-frames.ts'
import type { DurableChange, Mark } from './change.ts'
import { evolve } from './evolve.ts'
import type { EventData, EventNote, LogEvent } from './log-event.ts'
import type { ExecutionState, Lease, RunState } from './state.ts'

/** Holds to forget at their queues: nothing is lost when this does not arrive. */
export interface Release {
  holder: Holder
  item: ReleaseItem
}

/** Work whose holder is to hear of something. */
export interface Told {
  id: string
  attempt: number
  /** Without a session: whoever has it, as far as its queue knows. */
  holder: Pick<Holder, 'queue'> & Partial<Pick<Holder, 'partition' | 'session'>>
  /** Absent: the latest. */
  run?: number
  /** It is theirs until they answer. */
  stays?: true
}

/** What is read of authors' values that are on disk: those of flows, whose rules look into them. */
export interface PayloadSource {
  payload(run: number, sequence: number): string | undefined
  /** Of a settlement that waits for its promise. */
  settlement(run: number, name: string): string | undefined
}

const nothingOnDisk: PayloadSource = { payload: () => undefined, settlement: () => undefined }

/** A message is a row, and a row has at most 2 MB. */
const itemsPerMessage = 1_000

export class Draft {
  readonly state: ExecutionState
  readonly now: number
  readonly changes: DurableChange[] = []
  readonly releases: Release[] = []
  /** What live readers are shown besides the log. */
  readonly frames: Frame[] = []
  /** Keys of the requests whose changes these are, kept with them and with what they are answered, as JSON text. */
  readonly idempotency: { key: string; bodyHash: string; answer: string }[] = []

  readonly #disk: PayloadSource
  /** Values of events of this turn, and names of kept settlements that became theirs. */
  readonly #payloads = new Map<number, { text: string | undefined } | { settlement: string }>()

  constructor(state: ExecutionState, now: number, disk: PayloadSource = nothingOnDisk) {
    this.state = state
    this.now = now
    this.#disk = disk
  }

  /** The value of an event of the run as JSON text, on disk or of this turn. */
  payload(sequence: number): string | undefined {
    const fresh = this.#payloads.get(sequence)
    if (fresh === undefined) return this.#disk.payload(this.run.number, sequence)
    return 'text' in fresh ? fresh.text : this.#keptPayload(fresh.settlement)
  }

  #keptPayload(name: string): string | undefined {
    const isIt = (change: DurableChange) => change.type === 'settlement-kept' && change.name === name
    const kept = this.changes.findLast(isIt)
    return kept?.type === 'settlement-kept' ? kept.payload : this.#disk.settlement(this.run.number, name)
  }

  /** The run that the rules are about; they ask only once it is there. */
  get run(): RunState {
    if (this.state.run === undefined) throw new Error('the execution has no run')
    return this.state.run
  }

  /** Appends to the log: the next sequence, and a time that never decreases within the run. */
  append<Type extends EventType>(
    type: Type,
    data: EventData<Type>,
    extra: { payload?: string | undefined; note?: EventNote | undefined } = {},
  ): number {
    const run = this.run
    return this.#event({
      run: run.number,
      sequence: run.lastSequence + 1,
      type,
      at: Math.max(this.now, run.lastAt),
      data,
      ...(extra.payload !== undefined && { payload: extra.payload }),
      ...(extra.note !== undefined && { note: extra.note }),
    } as LogEvent)
  }

  /** The first event of a run. */
  begin(event: Extract<LogEvent, { type: 'WORKFLOW_STARTED' }>): number {
    return this.#event(event)
  }

  #event(event: LogEvent): number {
    this.record({ type: 'event', event })
    return event.sequence
  }

  record(change: DurableChange): void {
    evolve(this.state, change)
    if (change.type === 'event' && this.state.run?.flow !== undefined)
      this.#payloads.set(change.event.sequence, { text: change.event.payload })
    if (change.type === 'settlement-taken') this.#payloads.set(change.sequence, { settlement: change.name })
    if (change.type === 'attempt-ended') this.#showIf((run) => retryingFrame(run, change, this.now))
    this.changes.push(change)
  }

  mark(mark: Mark): void {
    this.#showIf((run) => begunFrame(run, mark, this.now))
    evolve(this.state, mark)
  }

  /** Shows a frame to live readers once this turn is committed. */
  show(frame: Frame): void {
    this.frames.push(frame)
    evolve(this.state, { type: 'shown', frame })
  }

  #showIf(frameOf: (run: RunState) => Frame | undefined): void {
    const frame = this.state.run && frameOf(this.state.run)
    if (frame !== undefined) this.frames.push(frame)
  }

  /** Ends a hold without telling anybody to stop: its holder has answered. */
  endHold(id: string, attempt: number, lease: Lease): void {
    if (!lease.held) return
    this.record({ type: 'hold-ended', run: this.run.number, id })
    this.giveUp(id, attempt, lease)
  }

  /** The work stays open, but its holder has it no longer. */
  giveUp(id: string, attempt: number, { holder }: Lease): void {
    if (holder === undefined) return
    const { session } = holder
    const item = { executionId: this.state.executionId, run: this.run.number, id, attempt, session }
    this.releases.push({ holder, item })
  }

  /** Ends a hold and sees to it that its holder stops. */
  stopHolder(id: string, attempt: number, lease: Lease, reason: string): void {
    const { holder } = lease
    if (lease.held) this.record({ type: 'hold-ended', run: this.run.number, id })
    if (holder !== undefined) this.tellHolders([{ id, attempt, holder }], reason)
  }

  /** Asks the holder of an open task to stop; it keeps the task until it answers. */
  askToStop({ id, attempt }: { id: string; attempt: number }, holder: Told['holder']): void {
    this.tellHolders([{ id, attempt, holder, stays: true }], 'CANCELLED')
  }

  /** Tells holders to stop. */
  tellHolders(told: Told[], reason: string): void {
    const open = new Map<string, ReleaseMessage>()
    const messages: ReleaseMessage[] = []
    for (const { id, attempt, holder, run, stays } of told) {
      const { queue, partition, session } = holder
      let message = open.get(`${queue}/${partition}`)
      if (message === undefined || message.items.length >= itemsPerMessage) {
        message = { type: 'release', to: { queue, ...(partition !== undefined && { partition }) }, items: [] }
        open.set(`${queue}/${partition}`, message)
        messages.push(message)
      }
      message.items.push({
        executionId: this.state.executionId,
        run: run ?? this.run.number,
        id,
        attempt,
        ...(session !== undefined && { session }),
        cancel: reason,
        ...(stays && { stays }),
      })
    }
    for (const message of messages) this.post(message)
  }

  /** Sent once this is committed. `payload`: JSON text of a value that no event holds. */
  post(message: OutboxMessage, payload?: string): void {
    const entry = { id: this.state.outbox.nextId, message, attempts: 0, dueAt: this.now }
    this.record({ type: 'posted', entry, ...(payload !== undefined && { payload }) })
  }
}
