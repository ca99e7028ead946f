/** A log that is written by hand: sequences, times and ids go on by themselves, and every event is checked. */
import { type EventOf, type EventType, type HistoryEvent, historyEvent } from '../../schemas/events.ts'

export type Counted = 'task' | 'timer' | 'promise' | 'child' | 'external' | 'operation' | 'signal'

/** Events that follow from commands: those at the end of a block are what its activation asked for. */
const fromCommands: ReadonlySet<EventType> = new Set<EventType>([
  'TASK_SCHEDULED',
  'TASK_CANCELLATION_REQUESTED',
  'TIMER_STARTED',
  'TIMER_CANCELLED',
  'PROMISE_CREATED',
  'CHILD_WORKFLOW_INITIATED',
  'CHILD_WORKFLOW_CANCELLATION_REQUESTED',
  'STATE_SET',
  'STATE_CLEARED',
  'ATTRIBUTES_SET',
])

export class WrittenLog {
  readonly events: HistoryEvent[] = []
  at: number
  readonly #counts = new Map<Counted, number>()
  readonly #open = new Map<Counted, string[]>()

  constructor(at: number) {
    this.at = at
  }

  /** @throws RangeError that names the event and the field that is wrong */
  add(type: EventType, data: object): void {
    const sequence = this.events.length + 1
    const { data: event, error } = historyEvent.safeParse({ sequence, type, at: this.at, data })
    if (error !== undefined) {
      const [issue] = error.issues
      throw new RangeError(`event ${sequence}, ${type}: ${issue?.path.join('.')}: ${issue?.message}`)
    }
    this.events.push(event)
    this.at += 1
  }

  /** The id of a call: the next of its type, unless another was given. */
  begin(type: Counted, given: string | undefined): string {
    const count = (this.#counts.get(type) ?? 0) + 1
    this.#counts.set(type, count)
    const id = given ?? `${type}-${count}`
    this.#open.set(type, [...(this.#open.get(type) ?? []), id])
    return id
  }

  /** The id of what ends: the oldest open call of its type, unless another was given. */
  end(type: Counted, given: string | undefined): string {
    const id = this.peek(type, given)
    const open = this.#open.get(type) ?? []
    this.#open.set(
      type,
      open.filter((each) => each !== id),
    )
    return id
  }

  /** As `end`, and it stays open. @throws RangeError when none is open */
  peek(type: Counted, given: string | undefined): string {
    const id = given ?? this.#open.get(type)?.[0]
    if (id === undefined) throw new RangeError(`no ${type} is open after event ${this.events.length}: name the one that is meant`)
    return id
  }

  /** What an event of this log said when it began. */
  find<Type extends EventType>(type: Type, isIt: (event: EventOf<Type>) => boolean): EventOf<Type> | undefined {
    const isOfType = (event: HistoryEvent): event is EventOf<Type> => event.type === type
    return this.events.filter(isOfType).find(isIt)
  }

  /** How the present activation ends: what it saw, and where its commands begin. */
  get closing(): { snapshotSequence: number; activationAt: number; commandsFrom: number } {
    const last = this.events.findLastIndex(({ type }) => !fromCommands.has(type)) + 1
    return { snapshotSequence: last, activationAt: this.events[last - 1]?.at ?? this.at, commandsFrom: last + 1 }
  }
}
