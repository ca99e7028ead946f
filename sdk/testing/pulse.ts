/** Tells that something happens in an environment: a message leaves or arrives, author code begins or ends. */
import { deferred } from '../replay/deferred.ts'
import { macrotask } from '../replay/macrotask.ts'

/** Taken when this module loads, before a test can put others in their place. */
const startTimer = globalThis.setTimeout
const stopTimer = globalThis.clearTimeout

/** Real time is waited for in so many parts. */
const slices = 5

export class Pulse {
  #next = deferred<void>()
  #count = 0

  /** Grows with everything that happens. */
  get count(): number {
    return this.#count
  }

  beat(): void {
    this.#count += 1
    const { resolve } = this.#next
    this.#next = deferred<void>()
    resolve()
  }

  /** Until the next thing happens. */
  next(): Promise<void> {
    return this.#next.promise
  }

  /**
   * Whether anything happens within so much real time. In slices: a process that gets no processor for a while is not one
   * in which nothing happens.
   */
  async beatsWithin(ms: number): Promise<boolean> {
    const known = this.#count
    for (let slice = 0; slice < slices && known === this.#count; slice += 1) {
      const { promise, resolve } = deferred<void>()
      const timer = startTimer(resolve, ms / slices)
      void this.#next.promise.then(resolve)
      await promise
      stopTimer(timer)
      await macrotask()
    }
    return known !== this.#count
  }
}
