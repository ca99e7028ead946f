/**
 * What becomes of a closed execution: it stays for the retention of its organisation, then it goes.
 *
 * The alarm for that is set when the one that followed the closing fires, so that a closing costs no row for it. A closed
 * execution that is only read sets none: its alarm is on disk.
 */
import { goesAt } from '../../engine/execution/retention.ts'
import type { ExecutionState } from '../../engine/execution/state.ts'
import { retentionDefaultMs } from '../../schemas/organisation.ts'
import type { Env } from '../env.ts'
import { organisationOf } from '../settings-cache.ts'

const againMs = 5_000

export class Retirement {
  readonly #env: Env
  /** The alarm of this life has fired. */
  #isAwake = false
  #retentionMs: number | undefined

  constructor(env: Env) {
    this.#env = env
  }

  /** The alarm has fired. Whether the execution's time is over. */
  async look(org: string, state: ExecutionState, now: number): Promise<boolean> {
    this.#isAwake = true
    this.#retentionMs = undefined
    this.#retentionMs = await this.retentionMs(org)
    const at = goesAt(state, this.#retentionMs)
    return at !== undefined && at <= now
  }

  async retentionMs(org: string): Promise<number> {
    return (await organisationOf(this.#env, org))?.settings.retentionMs ?? retentionDefaultMs
  }

  /** When the alarm must fire for it. */
  dutyAt(state: ExecutionState, now: number): number | undefined {
    if (!this.#isAwake || state.run?.closed === undefined) return undefined
    const at = this.#retentionMs === undefined ? undefined : goesAt(state, this.#retentionMs)
    return at === undefined ? now + againMs : Math.max(at, now + againMs)
  }
}
