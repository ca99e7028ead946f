/**
 * A reader of an execution's live stream, over a network that breaks: it comes back where it was, and what it has been
 * given is the log (L7), with the frames of tasks in their places. It draws from a chance of its own and disturbs nobody.
 */
import type { StreamItem } from '../../engine/stream/stream-reader.ts'
import { StreamReader } from '../../engine/stream/stream-reader.ts'
import type { Chance } from './chance.ts'
import { isClosing } from './laws.ts'
import type { World } from './world.ts'

/** One connection: it ends with the life of the object, or breaks on the way. */
export interface OpenStream {
  readonly reader: StreamReader
  isOpen: boolean
  /** What it was given last has not arrived: it is given no more. */
  isBusy: boolean
  take(items: readonly StreamItem[]): void
}

interface Message {
  type: string
  event?: string
  run: number
  sequence: number
  taskId?: string
  afterSequence?: number
}

const ends = new Set(['TASK_COMPLETED', 'TASK_FAILED', 'TASK_TIMED_OUT', 'TASK_CANCELLED'])

export class Follower {
  /** The stream has said that it is over. */
  isOver = false
  readonly #world: World
  readonly #executionId: string
  readonly #chance: Chance
  /** Sleeping objects are left asleep until then. */
  readonly #wakesAfter: number
  readonly #ended = new Set<string>()
  #position: { run: number; sequence: number } | undefined
  #arrivesAt = 0

  constructor(world: World, executionId: string, chance: Chance, wakesAfter: number) {
    this.#world = world
    this.#executionId = executionId
    this.#chance = chance
    this.#wakesAfter = wakesAfter
    this.#later(chance.below(9_000))
  }

  get name(): string {
    return `a follower of ${this.#executionId}`
  }

  #later(ms: number): void {
    this.#world.agenda.after(ms, () => this.#connect())
  }

  #connect(): void {
    const home = this.#world.execution(this.#executionId)
    const { head } = home.disk
    if (head === undefined || (home.life === undefined && this.#world.elapsed < this.#wakesAfter)) return this.#later(1_000)
    const life = home.wake()
    this.#position ??= { run: head.run, sequence: 0 }
    const stream: OpenStream = {
      reader: new StreamReader(this.#position, false, life.keptFrames()),
      isOpen: true,
      isBusy: false,
      take: (items) => this.#sent(stream, items, () => life.moveOn(stream)),
    }
    const lose = (): void => {
      if (!stream.isOpen) return
      stream.isOpen = false
      this.#later(this.#chance.between(100, 3_000))
    }
    life.onDeath(lose)
    life.follow(stream)
  }

  /** In order, after a while, unless the connection breaks before. */
  #sent(stream: OpenStream, items: readonly StreamItem[], moveOn: () => void): void {
    const { agenda } = this.#world
    const { head } = this.#world.execution(this.#executionId).disk
    if (items.some(({ event }) => event === 'End') && stream.reader.position.run !== head?.run) {
      this.#world.laws.judge('L7', this.name, `its stream ended with run ${stream.reader.position.run} of ${head?.run}`)
    }
    stream.isBusy = true
    const lag = this.#chance.isTrue(0.9) ? this.#chance.below(40) : this.#chance.below(4_000)
    this.#arrivesAt = Math.max(this.#arrivesAt, agenda.now + lag)
    const isCut = this.#chance.isTrue(0.03)
    agenda.at(this.#arrivesAt, () => {
      if (!stream.isOpen || this.isOver) return
      for (const { text } of items) this.#arrived(JSON.parse(text) as Message)
      stream.isBusy = false
      if (this.isOver) return
      if (!isCut) return moveOn()
      stream.isOpen = false
      this.#later(this.#chance.between(100, 3_000))
    })
  }

  #arrived(message: Message): void {
    this.#world.laws.judge('L7', this.name, this.#complaint(message))
  }

  #complaint(message: Message): string | undefined {
    const { run, sequence } = this.#position ?? { run: 0, sequence: 0 }
    const { disk } = this.#world.execution(this.#executionId)
    if (message.type === 'End') {
      this.isOver = true
      const last = disk.log(run).at(-1)
      return last !== undefined && isClosing(last) && last.sequence === sequence
        ? undefined
        : `the stream ended at ${run}-${sequence}, before its log`
    }
    if (message.type === 'Event') {
      const isNext = message.run === run ? message.sequence === sequence + 1 : message.run === run + 1 && message.sequence === 1
      const event = disk.log(message.run)[message.sequence - 1]
      this.#position = { run: message.run, sequence: message.sequence }
      if (event !== undefined && ends.has(event.type) && 'taskId' in event.data) {
        this.#ended.add(`${event.run} ${event.data.taskId}`)
      }
      if (!isNext) return `${message.run}-${message.sequence} came after ${run}-${sequence}`
      return event?.type === message.event ? undefined : `${message.event} came where the log has ${event?.type}`
    }
    if (this.#ended.has(`${message.run} ${message.taskId}`)) return `${message.type} of ${message.taskId} came after its end`
    const isInPlace = message.run === run && (message.afterSequence ?? 0) <= sequence
    return isInPlace ? undefined : `${message.type} after ${message.afterSequence} came at ${run}-${sequence}`
  }
}
