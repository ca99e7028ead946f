/**
 * What moves an environment: messages on their way, author code at work, and virtual time.
 *
 * 1. Time moves only while somebody asks for it, and only when everything is at rest.
 * 2. It goes to the next thing that is due, and no further than anybody asks for.
 */
import { deferred } from '../replay/deferred.ts'
import { macrotask } from '../replay/macrotask.ts'
import { AuthorCode } from './author-code.ts'
import type { FaultPlan } from './faults.ts'
import { Pulse } from './pulse.ts'
import type { Timeline } from './timeline.ts'
import { Traffic } from './traffic.ts'

/** Somebody waits: for a time, or for something that happens on the way. */
interface Demand {
  isMet(): boolean
  /** Epoch ms up to which time may move. */
  until: number
  settle(error?: unknown): void
  /** Why it cannot be met any more, asked at rest. */
  problem(isStuck: boolean): unknown
}

export interface ClockworkOptions {
  /** Of real time, with a task function that runs. */
  patienceMs: number
  /** Whether time will bring anything but another look at what is there already. */
  isAnythingDue(): boolean
}

/** When nothing is due, ever, somebody outside may still do something: for so many times the patience with author code. */
const patienceWithOthers = 10
/** Readers wait so long, in real time, for author code that runs. */
const readingMs = 5
/** After so many steps of time without a change it is asked whether anything can still come. */
const idleSteps = 20
/** So many steps of time from which nothing follows are taken at once. */
const stepsAtOnce = 1_000

export class Clockwork {
  readonly timeline: Timeline
  readonly code: AuthorCode
  readonly #options: ClockworkOptions
  readonly #pulse = new Pulse()
  readonly #traffic: Traffic
  readonly #demands = new Set<Demand>()
  #isDriving = false
  #closed: Error | undefined
  /** What `after` will bring. */
  #awaited = 0
  /** Grows with everything that is written. */
  #changes = 0

  constructor(timeline: Timeline, faults: FaultPlan, options: ClockworkOptions) {
    this.timeline = timeline
    this.#options = options
    this.code = new AuthorCode(this.#pulse)
    this.#traffic = new Traffic(this.#pulse, faults, (arrive) => this.#perform(arrive))
  }

  /** Nothing more arrives, and nobody waits any longer. */
  close(error: Error): void {
    this.#closed ??= error
    this.#traffic.clear()
    for (const demand of [...this.#demands]) demand.settle(error)
    this.#pulse.beat()
  }

  /** @throws why it was closed */
  checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closed
  }

  /** Something was written. */
  changed(): void {
    this.#changes += 1
  }

  /** On its way: it arrives later. What is ordered is overtaken by nothing. */
  send(arrive: () => void, isOrdered = false): void {
    if (this.#closed === undefined) this.#traffic.send(arrive, isOrdered)
  }

  /** Performs it when so much time has passed: something that time brings. */
  after(ms: number, perform: () => void): void {
    this.#awaited += 1
    this.timeline.at(this.timeline.now + ms, () => {
      this.#awaited -= 1
      perform()
    })
  }

  /** For readers: until what is under way has arrived, as far as that needs no time. */
  async settle(): Promise<void> {
    do await this.#quiet()
    while (this.#closed === undefined && this.code.running.length > 0 && (await this.#pulse.beatsWithin(readingMs)))
  }

  /** Lets time pass: to `until`, or until what is waited for has happened. */
  async pass({ until, isMet, problem, signal }: Omit<Demand, 'settle'> & { signal?: AbortSignal }): Promise<void> {
    this.checkOpen()
    signal?.throwIfAborted()
    const { promise, resolve, reject } = deferred<void>()
    const settle = (error?: unknown): void => {
      this.#demands.delete(demand)
      if (error === undefined) resolve()
      else reject(error)
    }
    const demand: Demand = { until, isMet, problem, settle }
    this.#demands.add(demand)
    signal?.addEventListener('abort', () => settle(signal.reason), { once: true })
    if (!this.#isDriving) {
      this.#isDriving = true
      void this.#drive()
    }
    return promise
  }

  async #drive(): Promise<void> {
    let idle = 0
    let known = this.#changes
    while (this.#demands.size > 0) {
      // What somebody does next who was waiting until now comes before time moves on.
      await macrotask()
      await this.#rest()
      if (this.#settleMet(false) || this.#demands.size === 0) continue
      idle = known === this.#changes ? idle + 1 : 0
      known = this.#changes
      const goal = Math.min(...[...this.#demands].map(({ until }) => until))
      if (goal === Number.POSITIVE_INFINITY && this.#isOver(idle)) {
        idle = 0
        const isStuck = !(await this.#pulse.beatsWithin(patienceWithOthers * this.#options.patienceMs))
        if (isStuck) this.#settleMet(true)
      } else this.#perform(() => this.#step(goal))
    }
    this.#isDriving = false
  }

  /** Nothing is due, or only looks at what does not change. */
  #isOver(idle: number): boolean {
    if (this.timeline.nextAt === undefined) return true
    return idle > idleSteps && this.#awaited === 0 && !this.#options.isAnythingDue()
  }

  /** To the next time from which something follows. */
  #step(goal: number): void {
    const known = this.#changes + this.#pulse.count
    for (let steps = 0; steps < stepsAtOnce; steps += 1) {
      const to = Math.min(goal, this.timeline.nextAt ?? goal)
      if (to === Number.POSITIVE_INFINITY) return
      this.timeline.moveTo(to)
      if (to === goal || known !== this.#changes + this.#pulse.count) return
    }
  }

  /** Until nothing is on its way and no author code runs, except what has had its time. */
  async #rest(): Promise<void> {
    for (;;) {
      await this.#quiet()
      const { running } = this.code
      if (this.#closed !== undefined || running.length === 0) return
      if (!(await this.#pulse.beatsWithin(this.#options.patienceMs))) this.code.giveUp(running)
    }
  }

  /** Until nothing is on its way, and no activation is being advanced. */
  async #quiet(): Promise<void> {
    while (this.#closed === undefined && (this.#traffic.isMoving || this.code.isAdvancing)) await this.#pulse.next()
  }

  /** Whether any was. */
  #settleMet(isStuck: boolean): boolean {
    let isAny = false
    for (const demand of [...this.#demands]) {
      const isMet = demand.isMet()
      const error = isMet ? undefined : demand.problem(isStuck)
      if (!isMet && error === undefined) continue
      demand.settle(error)
      isAny = true
    }
    return isAny
  }

  /** A defect of the environment is told to whoever waits. */
  #perform(run: () => void): void {
    if (this.#closed !== undefined) return
    try {
      run()
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
