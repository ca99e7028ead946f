/** The crashes of `--kill`, chosen by what the log shows: the worker at one third of the files, the service at two thirds. */
import type { Progress } from './progress.ts'
import type { Stage } from './stage.ts'

export class Crashes {
  /** What was done, in words. */
  readonly told: string[] = []
  readonly #stage: Stage
  readonly #planned = [
    { after: 1 / 3, strike: () => this.#killWorker(), what: 'the worker' },
    { after: 2 / 3, strike: () => this.#stage.killAndStartService(), what: 'the service' },
  ]

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** True when all that was planned has happened. */
  get complete(): boolean {
    return this.#planned.length === 0
  }

  async observe({ total, done, closed }: Progress): Promise<void> {
    const [next] = this.#planned
    if (next === undefined || closed || total === 0 || done < Math.floor(total * next.after)) return
    this.#planned.shift()
    this.told.push(`kill -9 of ${next.what} after ${done} of ${total} files; started again`)
    await next.strike()
  }

  async #killWorker(): Promise<void> {
    await this.#stage.killWorker()
    await this.#stage.startWorker()
  }
}

const slots = 4
const runMs = 4_000

/** Settings of a worker whose run lasts long enough to be struck in the middle: few slots, each file held for a moment. */
export const unhurried = (files: number): Record<string, string> => ({
  DIGEST_SLOTS: String(slots),
  DIGEST_HOLD_MS: String(Math.min(400, Math.ceil((runMs * slots) / Math.max(1, files)))),
})
