/**
 * Tells the index of the execution: what `engine/index/news.ts` decides, with a clock and a way to send.
 *
 * 1. Nothing of it is on disk. What a commit makes untold leaves an alarm at most 5 s away (L8).
 *    What did not arrive is repeated by the alarm: a timer would keep the object in memory for as long.
 * 2. Who wakes closed is not taken to be untold: its alarm says so, if it fires before the retention is over.
 */
import type { Draft } from '../../engine/execution/draft.ts'
import { nextDutyAt } from '../../engine/execution/due.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import { News } from '../../engine/index/news.ts'
import { summarize } from '../../engine/index/summarize.ts'
import type { Summary, Version } from '../../engine/index/summary.ts'
import type { Newer } from '../execution-index/port.ts'

const dutyMs = 5_000

/** Time, and a way to wait for it; @returns takes that back. */
export interface Clock {
  now(): number
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export class IndexNews {
  readonly #tell: (summary: Summary) => Promise<Newer>
  readonly #failed: () => Promise<void>
  #news: News
  #createdAt: number
  #revision = 0
  /** The end of the log up to which nothing is to be told. */
  #silentAt: { run: number; sequence: number } | undefined
  #isGoing = false
  #hasNoAlarm = false
  /** An alarm has found it untold: it is told on until the index has heard, however long a message takes. */
  #isForAlarm = false
  readonly #clock: Clock
  #timer: { at: number; stop: () => void } | undefined

  /** `tell` rejects when the index did not hear; `failed` sees to a turn then. `state` is what was found on disk. */
  constructor(tell: (summary: Summary) => Promise<Newer>, failed: () => Promise<void>, state: ExecutionState, clock: Clock) {
    this.#tell = tell
    this.#failed = failed
    this.#clock = clock
    this.#createdAt = state.createdAt
    const { run } = state
    if (run?.closed !== undefined) this.#silentAt = { run: run.number, sequence: run.lastSequence }
    this.#news = run === undefined || run.closed !== undefined ? new News() : new News(clock.now())
  }

  /** Looks at what a turn has made; when the alarm must see to it, if it must. */
  dutyAt({ state, now, changes }: Draft): number | undefined {
    this.#look(state, now)
    if (this.#hasNoAlarm) this.#isForAlarm = nextDutyAt(state, now) !== undefined
    this.#hasNoAlarm = false
    if (!this.#news.isDue) this.#isForAlarm = false
    if (this.#silentAt !== undefined || !this.#news.isDue) return undefined
    if (this.#news.hasFailed) return Math.max(now + 1, this.#news.dueAt() ?? now + dutyMs)
    return changes.length > 0 || state.run?.closed !== undefined || this.#isForAlarm ? now + dutyMs : undefined
  }

  /**
   * Its life has found no alarm. If it has duties the platform gave the alarm up, which may have been there for the index:
   * the one that is set now is for both.
   */
  hurry(): void {
    this.#hasNoAlarm = true
    this.#news.hurry()
  }

  /** The alarm has fired: whether the index knows of what was found on disk is not known. */
  speak(): void {
    this.#silentAt = undefined
    this.#isGoing = false
    this.#isForAlarm = true
    this.#news.hurry()
  }

  /** It is about to go: nothing is told any more, and whoever asks gets nothing newer than this. */
  silence(state: ExecutionState): Version {
    this.#setTimer(undefined, 0)
    // Should it stay after all, nothing of it is told.
    this.#news = new News()
    const { createdAt, run } = state
    this.#silentAt = { run: run?.number ?? 0, sequence: run?.lastSequence ?? 0 }
    const revision = this.#nextRevision(this.#clock.now())
    this.#isGoing = true
    return { createdAt, ...this.#silentAt, revision }
  }

  /** Sends what is due, now or when its time comes. Settles when there is nothing to wait for but time. */
  async send(): Promise<void> {
    const now = this.#clock.now()
    const summary = this.#silentAt === undefined ? this.#news.take(now) : undefined
    this.#setTimer(this.#silentAt === undefined ? this.#news.timerAt() : undefined, now)
    if (summary === undefined) return
    const news = this.#news
    const arrived = await this.#tell(summary).then(
      (newer) => !this.#outdo(newer),
      () => false,
    )
    news.answered(arrived)
    if (arrived) await this.send()
    // A turn that fails has set an alarm itself.
    else await this.#failed().catch(() => undefined)
  }

  /** The index knows something newer, of an earlier life on a machine whose clock was ahead; whether it does. */
  #outdo(newer: Newer): boolean {
    if (newer !== undefined) this.#revision = Math.max(this.#revision, newer)
    return newer !== undefined
  }

  /** Each turn asks for it, mostly for the same time. */
  #setTimer(at: number | undefined, now: number): void {
    if (this.#timer?.at === at) return
    this.#timer?.stop()
    const tell = () => {
      this.#timer = undefined
      void this.send()
    }
    this.#timer = at === undefined ? undefined : { at, stop: this.#clock.after(Math.max(1, at - now), tell) }
  }

  /** As it is now. */
  summary(state: ExecutionState, now: number): Summary | undefined {
    return summarize(state, this.#isGoing ? this.#revision : this.#nextRevision(now), now)
  }

  #look(state: ExecutionState, now: number): void {
    const summary = this.summary(state, now)
    if (summary === undefined) {
      // It was deleted in this life.
      this.#news = new News()
      return
    }
    if (summary.createdAt !== this.#createdAt) {
      this.#createdAt = summary.createdAt
      this.#news = new News()
      this.#silentAt = undefined
    }
    if (summary.run !== this.#silentAt?.run || summary.sequence !== this.#silentAt.sequence) {
      this.#silentAt = undefined
      this.#isGoing = false
    }
    this.#news.look(summary, now)
  }

  /** Grows over restarts, as far as the clock does. */
  #nextRevision(now: number): number {
    this.#revision = Math.max(now * 1_000, this.#revision + 1)
    return this.#revision
  }
}
