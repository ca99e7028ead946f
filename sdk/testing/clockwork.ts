/**
 * What moves an environment: messages on their way, authors' code at work, and virtual time.
 *
 * 1. Messages arrive by themselves, in a later macrotask: what a test does before it waits for anything comes first.
 * 2. Time moves only while somebody asks for it, and only when everything is at rest.
 * 3. Author code that has not ended after `patienceMs` of real time is taken to wait for something that time brings.
 */
import { deferred } from '../replay/deferred.ts'
import { macrotask } from '../replay/macrotask.ts'
import type { FaultPlan } from './faults.ts'
import type { Timeline } from './timeline.ts'

/** Somebody waits: for a time, or for something that happens on the way. */
interface Demand {
  isMet(): boolean
  /** Epoch ms up to which time may move. */
  until: number
  settle(error?: unknown): void
  /** Why it cannot be met any more, asked at rest. */
  problem(isStuck: boolean): unknown
}

/** Author code that runs. */
export interface Body {
  end(): void
  /** It shows that it is alive. */
  stir(): void
}

interface Message {
  arrive: () => void
  isOrdered: boolean
  /** Rounds for which a fault holds it back. */
  rounds: number
}

/** Taken when this module loads, before a test can put others in their place. */
const startTimer = globalThis.setTimeout
const stopTimer = globalThis.clearTimeout

/** When nothing is due, ever, somebody outside may still do something: for so many times the patience with author code. */
const patienceWithOthers = 10
/** Real time is waited for in so many parts. */
const slices = 5
/** A message that is to be overtaken waits for less than so many rounds. */
const heldBackMost = 5
/** After so many steps of time without a change it is asked whether anything can still come. */
const idleSteps = 20
/** So many steps of time from which nothing follows are taken at once. */
const stepsAtOnce = 1_000

export class Clockwork {
  readonly timeline: Timeline
  readonly #faults: FaultPlan
  readonly #patienceMs: number
  #waiting: Message[] = []
  /** Author code that runs: task functions and side effects. */
  readonly #bodies = new Set<object>()
  /** Those of them that wait for time to pass. */
  readonly #patient = new Set<object>()
  readonly #demands = new Set<Demand>()
  #isPumping = false
  #isDriving = false
  #closed: Error | undefined
  /** What `after` will bring. */
  #awaited = 0
  /** Activations that are being advanced: they always end by themselves. */
  #activations = 0
  #stirred = deferred<void>()
  /** Grows with everything that begins, ends or is sent. */
  #stirs = 0
  /** Grows with everything that is written. */
  #changes = 0

  /** Whether time will bring anything but another look at what is there already. */
  readonly #isAnythingDue: () => boolean

  constructor(timeline: Timeline, faults: FaultPlan, patienceMs: number, isAnythingDue: () => boolean) {
    this.#isAnythingDue = isAnythingDue
    this.timeline = timeline
    this.#faults = faults
    this.#patienceMs = patienceMs
  }

  /** Nothing more arrives, and nobody waits any longer. */
  close(error: Error): void {
    this.#closed ??= error
    this.#waiting = []
    for (const demand of this.#demands) demand.settle(error)
    this.#demands.clear()
    this.#stir()
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
    if (this.#closed !== undefined) return
    const rounds = !isOrdered && this.#faults.reorders() ? this.#faults.below(heldBackMost) : 0
    this.#waiting.push({ arrive, isOrdered, rounds })
    this.#stir()
    if (this.#isPumping) return
    this.#isPumping = true
    void this.#pump()
  }

  /** A task function or a side effect runs. */
  beginBody(): Body {
    const body = {}
    this.#bodies.add(body)
    this.#stir()
    return {
      end: () => {
        this.#bodies.delete(body)
        this.#patient.delete(body)
        this.#stir()
      },
      stir: () => {
        this.#patient.delete(body)
        this.#stir()
      },
    }
  }

  /** Performs it when so much time has passed: something that time brings. */
  after(ms: number, perform: () => void): void {
    this.#awaited += 1
    this.timeline.at(this.timeline.now + ms, () => {
      this.#awaited -= 1
      perform()
    })
  }

  /** An activation is being advanced. @returns it has been answered */
  beginActivation(): () => void {
    this.#activations += 1
    return () => {
      this.#activations -= 1
      this.#stir()
    }
  }

  /** Until nothing is on its way and no author code runs, except what waits for longer than `patienceMs`. */
  async rest(patienceMs = this.#patienceMs): Promise<void> {
    while (this.#closed === undefined) {
      if (this.#isPumping || this.#activations > 0) {
        await this.#stirred.promise
        continue
      }
      const running = [...this.#bodies].filter((body) => !this.#patient.has(body))
      if (running.length === 0) return
      if (await this.#stirsWithin(patienceMs)) continue
      if (patienceMs === this.#patienceMs) for (const body of running) if (this.#bodies.has(body)) this.#patient.add(body)
      if (patienceMs < this.#patienceMs) return
    }
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
      await this.rest()
      if (this.#settleMet(false)) continue
      const goal = Math.min(...[...this.#demands].map(({ until }) => until))
      const { nextAt } = this.timeline
      idle = known === this.#changes ? idle + 1 : 0
      known = this.#changes
      const isOver = nextAt === undefined || (idle > idleSteps && this.#awaited === 0 && !this.#isAnythingDue())
      if (goal === Number.POSITIVE_INFINITY && isOver) {
        if (!(await this.#stirsWithin(patienceWithOthers * this.#patienceMs))) this.#settleMet(true)
        idle = 0
      } else this.#perform(() => this.#step(goal))
    }
    this.#isDriving = false
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

  /** To the next time from which something follows. */
  #step(goal: number): void {
    const known = this.#changes + this.#stirs
    for (let steps = 0; steps < stepsAtOnce; steps += 1) {
      const to = Math.min(goal, this.timeline.nextAt ?? goal)
      if (to === Number.POSITIVE_INFINITY) return
      this.timeline.moveTo(to)
      if (to === goal || known !== this.#changes + this.#stirs) return
    }
  }

  /** Whether any was. */
  #settleMet(isStuck: boolean): boolean {
    let isAny = false
    for (const demand of [...this.#demands]) {
      const error = demand.isMet() ? undefined : demand.problem(isStuck)
      if (error === undefined && !demand.isMet()) continue
      demand.settle(error)
      isAny = true
    }
    return isAny
  }

  async #pump(): Promise<void> {
    await macrotask()
    while (this.#waiting.length > 0) {
      const messages = this.#waiting
      this.#waiting = messages.filter(({ rounds }) => rounds > 0)
      const arriving = messages.filter(({ rounds }) => rounds === 0)
      for (const message of this.#waiting) message.rounds -= 1
      for (const { arrive } of arriving) this.#perform(arrive)
      await macrotask()
    }
    this.#isPumping = false
    this.#stir()
  }

  #stir(): void {
    this.#stirs += 1
    const { resolve } = this.#stirred
    this.#stirred = deferred<void>()
    resolve()
  }

  /** In slices: a process that gets no processor for a while is not one that has done nothing. */
  async #stirsWithin(ms: number): Promise<boolean> {
    const known = this.#stirs
    for (let slice = 0; slice < slices && known === this.#stirs; slice += 1) {
      const { promise, resolve } = deferred<void>()
      const timer = startTimer(resolve, ms / slices)
      void this.#stirred.promise.then(resolve)
      await promise
      stopTimer(timer)
      await macrotask()
    }
    return known !== this.#stirs
  }
}
