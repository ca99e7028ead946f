/** The service's time: of its last answer, and what has passed since by a clock that never goes back. */

export class ServerClock {
  #at: number | undefined
  #heardAt = 0

  heard(at: number): void {
    this.#at = at
    this.#heardAt = performance.now()
  }

  /** Never ahead of the service's own clock, as the answer was under way for a while. Undefined before the first answer. */
  now(): number | undefined {
    return this.#at === undefined ? undefined : this.#at + Math.floor(performance.now() - this.#heardAt)
  }
}
