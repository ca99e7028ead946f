/**
 * What becomes of a closed execution: it stays for the retention of its organisation, then it goes.
 *
 * The alarm for that is set when the one that followed the closing fires, so that a closing costs no row for it. A closed
 * execution that is only read sets none: its alarm is on disk.
 */
import type { Answer } from '../../engine/answer.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import { goesAt, isRunOver, mayGo, type PastRun } from '../../engine/execution/retention.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import type { Version } from '../../engine/index/summary.ts'
import type { Newer } from '../execution-index/port.ts'
import type { IndexNews } from './index-news.ts'

const againMs = 5_000

const nothing = (): undefined => undefined

/** The execution as far as it can end. */
export interface Mortal {
  readonly state: ExecutionState
  readonly store: {
    readonly runs: { oldest(): number | undefined; before(latest: number): Iterable<PastRun> }
    dropRun(run: number): void
  }
  post<Value, Result>(rule: (draft: Draft) => Value, render: (value: Value) => Result): Promise<Result>
  wipe(): void
  written(): Promise<void>
}

export interface RetirementSource {
  readonly turns: Mortal
  readonly news: IndexNews
  /** Of its organisation. */
  retentionMs(): Promise<number>
  /** The index is to forget it. */
  forget(version: Version): Promise<Newer>
}

export class Retirement {
  readonly #source: RetirementSource
  /** The alarm of this life has fired. */
  #isAwake = false
  #retentionMs: number | undefined
  /** It is being deleted. */
  #going: Promise<Answer<null>> | undefined

  constructor(source: RetirementSource) {
    this.#source = source
  }

  /**
   * A new life has found no alarm, and had its first turn. A closed execution has one, unless it is what woke it; else the
   * platform gave it up, and the index may not have been told.
   */
  async wake(): Promise<void> {
    const { turns, news } = this.#source
    if (turns.state.run?.closed === undefined || this.#isAwake) return
    this.#isAwake = true
    news.speak()
    await turns.post(nothing, nothing)
  }

  /** The alarm has fired. Whether the time of a closed execution is over; what cannot be found out is tried again. */
  async look(now: number): Promise<boolean> {
    const { turns, news } = this.#source
    if (turns.state.run?.closed === undefined) {
      news.speak()
      return false
    }
    this.#isAwake = true
    if (this.#going !== undefined) return false
    this.#retentionMs = undefined
    this.#retentionMs = await this.#source.retentionMs().catch(() => undefined)
    const at = this.#retentionMs === undefined ? undefined : goesAt(turns.state, this.#retentionMs)
    const isOver = at !== undefined && at <= now
    if (!isOver && this.#going === undefined) news.speak()
    return isOver
  }

  /** When the alarm must fire for it. */
  dutyAt({ state, now }: Draft): number | undefined {
    if (state.run?.closed === undefined) return undefined
    if (this.#going !== undefined) return now + againMs
    if (!this.#isAwake) return undefined
    const at = this.#retentionMs === undefined ? undefined : goesAt(state, this.#retentionMs)
    return at === undefined ? now + againMs : Math.max(at, now + againMs)
  }

  /** Deletes a closed execution: first the index forgets it, then the disk. */
  go(): Promise<Answer<null>> {
    this.#going ??= this.#go().finally(() => {
      this.#going = undefined
    })
    return this.#going
  }

  async #go(): Promise<Answer<null>> {
    const { turns, news, forget } = this.#source
    const { state } = turns
    const may = mayGo(state)
    if (!may.ok) return may
    // What was forgotten and is still there after a crash is found by the alarm.
    await turns.post(nothing, nothing)
    const version = news.silence(state)
    const newer = await forget(version)
    if (newer !== undefined) await forget({ ...version, revision: newer + 1 })
    return turns.post(nothing, () => {
      // It may have begun anew meanwhile, or in this very turn.
      const stillMay = mayGo(turns.state)
      if (stillMay.ok) turns.wipe()
      return stillMay
    })
  }

  /** Runs of the past that are over, one a transaction. */
  async dropRuns(now: number): Promise<void> {
    const { turns } = this.#source
    const latest = turns.state.run?.number
    const { runs } = turns.store
    if (latest === undefined || runs.oldest() === latest) return
    const retentionMs = await this.#source.retentionMs().catch(() => Number.POSITIVE_INFINITY)
    for (const past of [...runs.before(latest)]) {
      if (!isRunOver(turns.state, past, retentionMs, now)) continue
      turns.store.dropRun(past.run)
      await turns.written()
    }
  }
}
