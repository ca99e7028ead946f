/**
 * What of a simulated object outlives its memory: its disk, its alarm, its name. A life begins with the first message
 * after the last one ended.
 *
 * The alarm fires at least once: if the life that it woke ends before its turn, it fires again. In a storm it may be lost
 * for good, as the platform drops one whose handler failed too often; a life that goes on is not told.
 */
import { idleMs, type ObjectType, touchedWithinMs } from './storm.ts'
import type { World } from './world.ts'

/** Alarms that are lost are set anew by what happens after this. */
const noticedMs = 12_000

export abstract class ObjectHome<
  Life extends {
    isAlive: boolean
    departsAt: number
    activeAt: number
    doings: number
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
  /** Its disk takes until then. */
  slowUntil = 0
  #lostAt = Number.NEGATIVE_INFINITY
  #skewMs: number | undefined

  constructor(world: World, name: string, type: ObjectType) {
    this.world = world
    this.name = name
    this.type = type
  }

  /** For laws: an alarm that was lost may be taken to be only late for a while. */
  get believedAlarmAt(): number | undefined {
    const { now } = this.world.agenda
    return this.alarmAt ?? (now - this.#lostAt < noticedMs ? now : undefined)
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
    const { life } = this
    const { agenda } = this.world
    if (life === undefined || agenda.now - life.activeAt < idleMs) return
    const { doings } = life
    agenda.at(life.departsAt, () => {
      if (this.life !== life) return
      // It has begun something in the meantime.
      if (life.departsAt > agenda.now || life.doings !== doings) this.evict(idleMs)
      else this.die()
    })
  }

  /** Its process ends. */
  crash(): void {
    this.die()
  }

  /** It goes on at once on another machine, whose clock is so much ahead. */
  move(skewMs?: number): void {
    this.die()
    this.#skewMs = skewMs
    this.wake()
  }

  /** Of the machine that a life begins on. */
  takeSkew(): number {
    const skewMs = this.#skewMs ?? this.world.skew()
    this.#skewMs = undefined
    return skewMs
  }

  protected die(): void {
    const { life } = this
    this.life = undefined
    life?.end()
  }

  /** Its commits take that long for a while. */
  slow(ms: number): void {
    this.slowUntil = this.world.agenda.now + ms
  }

  setAlarm(at: number): void {
    this.alarmAt = at
    this.world.agenda.at(at, () => this.#ring(at))
  }

  #ring(at: number): void {
    if (this.alarmAt !== at) return
    const fault = this.world.storm.alarm(this.type, this.name)
    if (fault !== undefined) this.world.note(`${this.name} ${fault.type} ${fault.ms}`)
    if (fault?.type === 'alarm-late') {
      this.world.agenda.after(fault.ms, () => {
        if (this.alarmAt === at) this.#fire()
      })
      return
    }
    if (fault?.type === 'alarm-lost') {
      this.alarmAt = undefined
      this.#lostAt = this.world.agenda.now
      this.world.agenda.after(touchedWithinMs, () => this.#touch())
      return
    }
    this.#fire()
    if (fault?.type === 'alarm-twice') this.world.agenda.after(fault.ms, () => this.#fire())
    if (fault?.type === 'alarm-dies') this.crash()
  }

  /** Somebody looks at it; if nobody has used it for a while, the platform has evicted it by then. */
  #touch(): void {
    this.world.note(`${this.name} is looked at`)
    this.evict(idleMs)
    this.world.agenda.after(1, () => this.wake())
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
