/**
 * Tells the index of the execution: what `engine/index/news.ts` decides, with a clock and a way to send.
 *
 * 1. Nothing of it is on disk. What a commit makes untold leaves an alarm at most 5 s away (L8).
 *    What did not arrive is repeated by the alarm: a timer would keep the object in memory for as long.
 * 2. Who wakes closed is not taken to be untold: its alarm says so, if it fires before the retention is over.
 */
import type { Draft } from '../../engine/execution/draft.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import { News } from '../../engine/index/news.ts'
import { summarize } from '../../engine/index/summarize.ts'
import type { Summary, Version } from '../../engine/index/summary.ts'

const dutyMs = 5_000

export class IndexNews {
  readonly #tell: (summary: Summary) => Promise<void>
  readonly #failed: () => Promise<void>
  #news: News
  #createdAt: number
  #revision = 0
  /** The end of the log up to which nothing is to be told. */
  #silentAt: { run: number; sequence: number } | undefined
  #timer: { at: number; handle: ReturnType<typeof setTimeout> } | undefined

  /** `tell` rejects when the index did not hear; `failed` sees to a turn then. `state` is what was found on disk. */
  constructor(tell: (summary: Summary) => Promise<void>, failed: () => Promise<void>, state: ExecutionState, now: number) {
    this.#tell = tell
    this.#failed = failed
    this.#createdAt = state.createdAt
    const { run } = state
    if (run?.closed !== undefined) this.#silentAt = { run: run.number, sequence: run.lastSequence }
    this.#news = run === undefined || run.closed !== undefined ? new News() : new News(now)
  }

  /** Looks at what a turn has made; when the alarm must see to it, if it must. */
  dutyAt({ state, now, changes }: Draft): number | undefined {
    this.#look(state, now)
    if (this.#silentAt !== undefined || !this.#news.isDue) return undefined
    if (this.#news.hasFailed) return Math.max(now + 1, this.#news.dueAt() ?? now + dutyMs)
    return changes.length > 0 || state.run?.closed !== undefined ? now + dutyMs : undefined
  }

  /** The alarm has fired: whether the index knows of what was found on disk is not known. */
  speak(): void {
    this.#silentAt = undefined
    this.#news.hurry()
  }

  /** It is about to go: nothing is told any more. What the index has of it is not newer than this. */
  silence(state: ExecutionState): Version {
    this.#setTimer(undefined, 0)
    const { createdAt, run } = state
    this.#silentAt = { run: run?.number ?? 0, sequence: run?.lastSequence ?? 0 }
    return { createdAt, ...this.#silentAt, revision: this.#nextRevision(Date.now()) }
  }

  /** Sends what is due, now or when its time comes. Settles when there is nothing to wait for but time. */
  async send(): Promise<void> {
    const now = Date.now()
    const summary = this.#silentAt === undefined ? this.#news.take(now) : undefined
    this.#setTimer(this.#silentAt === undefined ? this.#news.timerAt() : undefined, now)
    if (summary === undefined) return
    const news = this.#news
    const arrived = await this.#tell(summary).then(
      () => true,
      () => false,
    )
    news.answered(arrived)
    if (arrived) await this.send()
    else await this.#failed()
  }

  /** Each turn asks for it, mostly for the same time. */
  #setTimer(at: number | undefined, now: number): void {
    if (this.#timer?.at === at) return
    clearTimeout(this.#timer?.handle)
    const tell = () => {
      this.#timer = undefined
      void this.send()
    }
    this.#timer = at === undefined ? undefined : { at, handle: setTimeout(tell, Math.max(1, at - now)) }
  }

  /** As it is now. */
  summary(state: ExecutionState, now: number): Summary | undefined {
    return summarize(state, this.#nextRevision(now), now)
  }

  #look(state: ExecutionState, now: number): void {
    const summary = this.summary(state, now)
    if (summary === undefined) return
    if (summary.createdAt !== this.#createdAt) {
      this.#createdAt = summary.createdAt
      this.#news = new News()
      this.#silentAt = undefined
    }
    if (summary.run !== this.#silentAt?.run || summary.sequence !== this.#silentAt.sequence) this.#silentAt = undefined
    this.#news.look(summary, now)
  }

  /** Grows over restarts, as far as the clock does. */
  #nextRevision(now: number): number {
    this.#revision = Math.max(now * 1_000, this.#revision + 1)
    return this.#revision
  }
}
