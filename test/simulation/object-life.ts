/**
 * One life of a simulated object, in memory: it ends without notice, between any two turns, before a commit, or after it
 * with nothing sent. What it has on disk is its home's.
 *
 * 1. Turns are grouped by the real mailbox; what a turn lets out leaves when its commit is on disk, if it still lives then.
 * 2. A transaction that fails fails its callers; the state is read from the disk again.
 */
import { Mailbox } from '../../durable/mailbox.ts'
import type { ObjectHome } from './object-home.ts'
import { idleMs } from './storm.ts'
import type { World } from './world.ts'

interface Posted<Draft> {
  decide: (draft: Draft) => void
  answer: () => void
  fail: (error: Error) => void
}

export abstract class ObjectLife<Draft> {
  isAlive = true
  /** Of what it was last told, or its last turn. */
  activeAt: number
  /** How often that was. */
  doings = 0
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
    this.#skewMs = home.takeSkew()
    this.activeAt = world.agenda.now
    if (world.evictsIdle) this.#watchIdleness()
  }

  /** The platform evicts what has been idle for a while. */
  #watchIdleness(): void {
    const { agenda } = this.world
    agenda.at(this.activeAt + idleMs, () => {
      if (!this.isAlive) return
      if (agenda.now - this.activeAt >= idleMs) this.home.evict(idleMs)
      else this.#watchIdleness()
    })
  }

  get now(): number {
    return this.world.agenda.now + this.#skewMs
  }

  get name(): string {
    return this.home.name
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

  /** Never settles when it dies before; rejects when its transaction fails. */
  post<Value, Result>(rule: (draft: Draft) => Value, render: (value: Value) => Result): Promise<Result> {
    this.#acts()
    return new Promise((resolve, reject) => {
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
        fail: reject,
      })
    })
  }

  /** Decides all of it on one draft, and says what to do once it is written; whether anything was. */
  protected abstract turn(decide: (draft: Draft) => void): { isWritten: boolean; after: () => void }

  /** Forgets what was decided and not written, and looks again soon. */
  protected abstract reload(): void

  /** After a failed transaction, whether each of its callers is tried alone. */
  protected abstract readonly triesAlone: boolean

  #acts(): void {
    this.activeAt = this.world.agenda.now
    this.doings += 1
  }

  #fail(batch: Posted<Draft>[]): Promise<void> | undefined {
    this.world.note(`${this.home.name}: a transaction of ${batch.length} fails`)
    this.reload()
    if (this.triesAlone && batch.length > 1)
      return Promise.all(batch.map((posted) => this.#drain([posted]))).then(() => undefined)
    for (const { fail } of batch) fail(new Error('the transaction failed'))
    return undefined
  }

  #drain(batch: Posted<Draft>[]): Promise<void> | undefined {
    if (!this.isAlive) return new Promise(() => undefined)
    this.#acts()
    const fault = this.world.storm.turn(this.home.type, this.home.name)
    if (fault?.type === 'die-before-commit') {
      this.world.note(`${this.home.name} dies before its commit`)
      this.home.crash()
      return new Promise(() => undefined)
    }
    if (fault?.type === 'commit-fails') return this.#fail(batch)
    const { isWritten, after } = this.turn((draft) => {
      for (const { decide } of batch) decide(draft)
    })
    const now = this.world.agenda.now
    if (isWritten) this.#gateUntil = Math.max(now + this.world.syncMs(), this.#gateUntil, this.home.slowUntil)
    for (const { answer } of batch) answer()
    after()
    if (fault?.type === 'die-after-commit') {
      this.world.note(`${this.home.name} dies after its commit`)
      this.home.crash()
    }
    if (fault?.type === 'evict-after-commit') {
      this.world.note(`${this.home.name} is evicted after its commit`)
      this.home.evict(0)
    }
    if (!isWritten) return undefined
    return new Promise((resolve) => {
      this.depart(resolve)
    })
  }

  /** The platform's alarm, by the clock of this life. */
  protected get alarmOnDisk(): number | undefined {
    const { alarmAt } = this.home
    return alarmAt === undefined ? undefined : alarmAt + this.#skewMs
  }

  protected setAlarmOnDisk(at: number): void {
    this.home.setAlarm(at - this.#skewMs)
  }

  /** The alarm; settles when its turn is committed. */
  async alarm(): Promise<void> {
    this.alarmFired()
    await this.tick().catch(() => undefined)
  }

  /** What is due. */
  protected abstract tick(): Promise<void>

  protected abstract alarmFired(): void
}
