/** The time of an environment, as a test has it in hand. */
import { type Duration, milliseconds } from '../definition/duration.ts'
import type { Clockwork } from './clockwork.ts'

export class TestTime {
  readonly #clockwork: Clockwork

  constructor(clockwork: Clockwork) {
    this.#clockwork = clockwork
  }

  /** Epoch ms. */
  now(): number {
    return this.#clockwork.timeline.now
  }

  /**
   * Lets so much time pass. Timers, retries and time limits that are due on the way happen in order, each with all that
   * follows from it; then everything is at rest.
   */
  async advance(duration: Duration): Promise<void> {
    const { timeline } = this.#clockwork
    const until = timeline.now + milliseconds(duration)
    const isMet = (): boolean => timeline.now >= until && (timeline.nextAt ?? Number.POSITIVE_INFINITY) > until
    await this.#clockwork.pass({ until, isMet, problem: () => undefined })
  }
}
