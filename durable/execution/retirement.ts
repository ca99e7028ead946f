/**
 * What becomes of a closed execution: it stays for the retention of its organisation, then it goes.
 *
 * The alarm for that is set when the one that followed the closing fires, so that a closing costs no row for it. A closed
 * execution that is only read sets none: its alarm is on disk.
 */
import type { Answer } from '../../engine/answer.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import { goesAt, isRunOver, mayGo } from '../../engine/execution/retention.ts'
import { retentionDefaultMs } from '../../schemas/organisation.ts'
import type { Env } from '../env.ts'
import { organisationOf } from '../settings-cache.ts'
import type { IndexNews } from './index-news.ts'
import type { IndexTalk } from './index-talk.ts'
import type { Self } from './queue-talk.ts'
import type { Turns } from './turns.ts'

const againMs = 5_000

export interface RetirementSource {
  readonly env: Env
  readonly turns: Turns
  readonly news: IndexNews
  readonly index: IndexTalk
  self(): Self
}

export class Retirement {
  readonly #source: RetirementSource
  /** The alarm of this life has fired. */
  #isAwake = false
  #retentionMs: number | undefined

  constructor(source: RetirementSource) {
    this.#source = source
  }

  /** The alarm has fired. Whether the time of a closed execution is over; what cannot be found out is tried again. */
  async look(now: number): Promise<boolean> {
    const { turns, news } = this.#source
    if (turns.state.run?.closed === undefined) {
      news.speak()
      return false
    }
    this.#isAwake = true
    this.#retentionMs = undefined
    this.#retentionMs = await this.#read().catch(() => undefined)
    const at = this.#retentionMs === undefined ? undefined : goesAt(turns.state, this.#retentionMs)
    const isOver = at !== undefined && at <= now
    if (!isOver) news.speak()
    return isOver
  }

  /** When the alarm must fire for it. */
  dutyAt({ state, now }: Draft): number | undefined {
    if (!this.#isAwake || state.run?.closed === undefined) return undefined
    const at = this.#retentionMs === undefined ? undefined : goesAt(state, this.#retentionMs)
    return at === undefined ? now + againMs : Math.max(at, now + againMs)
  }

  /** Deletes a closed execution: first the index forgets it, then the disk. */
  async go(): Promise<Answer<null>> {
    const { turns, news, index, self } = this.#source
    const { state } = turns
    const may = mayGo(state)
    if (!may.ok) return may
    await index.forget(self().org, state.executionId, news.silence(state))
    return turns.post(
      () => undefined,
      () => {
        // It may have begun anew meanwhile, or in this very turn.
        const stillMay = mayGo(turns.state)
        if (stillMay.ok) turns.wipe()
        return stillMay
      },
    )
  }

  /** Runs of the past that are over, one a transaction. */
  async dropRuns(now: number): Promise<void> {
    const { turns } = this.#source
    const latest = turns.state.run?.number
    const { runs } = turns.store
    if (latest === undefined || runs.oldest() === latest) return
    const retentionMs = await this.#read().catch(() => Number.POSITIVE_INFINITY)
    for (const past of [...runs.before(latest)]) {
      if (!isRunOver(turns.state, past, retentionMs, now)) continue
      turns.store.dropRun(past.run)
      await turns.written()
    }
  }

  async #read(): Promise<number> {
    const { env, self } = this.#source
    return (await organisationOf(env, self().org))?.settings.retentionMs ?? retentionDefaultMs
  }
}
