/**
 * A simulated object: its disk and its alarm outlive it, its memory does not. A life begins with the first message after
 * the last one ended, and ends without notice: between any two turns, before a commit, or after it with nothing sent.
 *
 * 1. Turns are grouped by the real mailbox; what a turn lets out leaves when its commit is on disk, if it still lives then.
 * 2. The alarm fires at least once: if the life that it woke ends before its turn, it fires again.
 */
import { Mailbox } from '../../durable/mailbox.ts'
import type { ObjectType } from './storm.ts'
import type { World } from './world.ts'

interface Posted<Draft> {
  decide: (draft: Draft) => void
  answer: () => void
}

export abstract class ObjectLife<Draft> {
  isAlive = true
  /** Of its last turn. */
  activeAt: number
  readonly world: World
  readonly home: ObjectHome<ObjectLife<Draft>>
  /** Its machine's clock is so much ahead. */
  readonly #skewMs: number
  readonly #mailbox = new Mailbox<Posted<Draft>>((batch) => this.#drain(batch))
  readonly #mourners = new Set<() => void>()
  #gateUntil = 0

  constructor(world: World, home: ObjectHome<ObjectLife<Draft>>) {
    this.world = world
    this.home = home
    this.#skewMs = world.skew()
    this.activeAt = world.agenda.now
  }

  get now(): number {
    return this.world.agenda.now + this.#skewMs
  }

  /** When what it lets out now leaves: earlier commits must be on disk. */
  get departsAt(): number {
    return Math.max(this.world.agenda.now, this.#gateUntil)
  }

  /** Told when it dies; @returns takes that back. */
  onDeath(tell: () => void): () => void {
    this.#mourners.add(tell)
    return () => this.#mourners.delete(tell)
  }

  end(): void {
    this.isAlive = false
    for (const tell of this.#mourners) tell()
    this.#mourners.clear()
  }

  /** At the gate: run when earlier commits are on disk, unless it has died by then. */
  depart(run: () => void): void {
    this.world.agenda.at(this.departsAt, () => {
      if (this.isAlive) run()
    })
  }

  /** Never settles when it dies before. */
  post<Value, Result>(rule: (draft: Draft) => Value, render: (value: Value) => Result): Promise<Result> {
    return new Promise((resolve) => {
      let decided: { value: Value } | undefined
      this.#mailbox.post({
        decide: (draft) => {
          decided = { value: rule(draft) }
        },
        answer: () => {
          if (decided === undefined) return
          const result = render(decided.value)
          this.depart(() => resolve(result))
        },
      })
    })
  }

  /** Decides all of it on one draft, and says what to do once it is written; whether anything was. */
  protected abstract turn(decide: (draft: Draft) => void): { isWritten: boolean; after: () => void }

  #drain(batch: Posted<Draft>[]): Promise<void> | undefined {
    if (!this.isAlive) return new Promise(() => undefined)
    this.activeAt = this.world.agenda.now
    const fault = this.world.storm.turn(this.home.type)
    if (fault?.type === 'die-before-commit') {
      this.world.note(`${this.home.name} dies before its commit`)
      this.home.crash()
      return new Promise(() => undefined)
    }
    const { isWritten, after } = this.turn((draft) => {
      for (const { decide } of batch) decide(draft)
    })
    if (isWritten) this.#gateUntil = this.world.agenda.now + this.world.syncMs()
    for (const { answer } of batch) answer()
    after()
    if (fault?.type === 'die-after-commit') {
      this.world.note(`${this.home.name} dies after its commit`)
      this.home.crash()
    }
    if (!isWritten) return undefined
    return new Promise((resolve) => {
      this.depart(resolve)
    })
  }

  /** The alarm; settles when its turn is committed. */
  abstract alarm(): Promise<void>
}

export abstract class ObjectHome<
  Life extends {
    isAlive: boolean
    departsAt: number
    activeAt: number
    end(): void
    alarm(): Promise<void>
    onDeath(tell: () => void): () => void
  },
> {
  readonly world: World
  readonly name: string
  readonly type: ObjectType
  life: Life | undefined
  alarmAt: number | undefined

  constructor(world: World, name: string, type: ObjectType) {
    this.world = world
    this.name = name
    this.type = type
  }

  protected abstract begin(): Life

  wake(): Life {
    if (this.life === undefined) {
      this.world.note(`${this.name} wakes`)
      this.life = this.begin()
    }
    return this.life
  }

  /** It is evicted: what it has let out still leaves, and its sockets, if it has any, stay. */
  evict(idleMs: number): void {
    const { life, world } = this
    if (life !== undefined && world.agenda.now - life.activeAt < idleMs) return
    if (life === undefined || life.departsAt <= world.agenda.now) return this.die()
    world.agenda.at(life.departsAt + 1, () => this.life === life && this.evict(idleMs))
  }

  /** Its process ends. */
  crash(): void {
    this.die()
  }

  protected die(): void {
    const { life } = this
    this.life = undefined
    life?.end()
  }

  setAlarm(at: number): void {
    this.alarmAt = at
    this.world.agenda.at(at, () => this.#ring(at))
  }

  #ring(at: number): void {
    if (this.alarmAt !== at) return
    const fault = this.world.storm.alarm(this.type)
    if (fault !== undefined) this.world.note(`${this.name} ${fault.type} ${fault.ms}`)
    if (fault?.type === 'alarm-late') {
      this.world.agenda.after(fault.ms, () => {
        if (this.alarmAt === at) this.#fire()
      })
      return
    }
    this.#fire()
    if (fault?.type === 'alarm-twice') this.world.agenda.after(fault.ms, () => this.#fire())
    if (fault?.type === 'alarm-dies') this.crash()
  }

  #fire(): void {
    this.alarmAt = undefined
    const life = this.wake()
    const done = life.onDeath(() => {
      const again = this.world.agenda.now + 2_000
      if (this.alarmAt === undefined || this.alarmAt > again) this.setAlarm(again)
    })
    void life.alarm().then(done)
  }
}
