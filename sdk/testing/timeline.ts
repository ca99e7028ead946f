/** Virtual time: what is due when. It stands still until somebody moves it, and never goes back. */
import TinyQueue from 'tinyqueue'

interface Duty {
  at: number
  order: number
  perform: () => void
  isCancelled: boolean
}

export class Timeline {
  #now: number
  #order = 0
  readonly #duties = new TinyQueue<Duty>([], (a, b) => a.at - b.at || a.order - b.order)

  /** Epoch ms. */
  constructor(now: number) {
    this.#now = now
  }

  get now(): number {
    return this.#now
  }

  /** Epoch ms of the next duty, or undefined: nothing is due, ever. */
  get nextAt(): number | undefined {
    return this.#next()?.at
  }

  /** What is due at the same time is performed in the order of entry. @returns takes it off again */
  at(time: number, perform: () => void): () => void {
    this.#order += 1
    const duty = { at: Math.max(this.#now, time), order: this.#order, perform, isCancelled: false }
    this.#duties.push(duty)
    return () => {
      duty.isCancelled = true
    }
  }

  /** Moves on to `time`, or only as far as the first duty before it, and performs what is due then. */
  moveTo(time: number): void {
    this.#now = Math.max(this.#now, Math.min(time, this.nextAt ?? time))
    for (let next = this.#next(); next !== undefined && next.at <= this.#now; next = this.#next()) {
      this.#duties.pop()
      next.perform()
    }
  }

  #next(): Duty | undefined {
    for (;;) {
      const next = this.#duties.peek()
      if (next?.isCancelled !== true) return next
      this.#duties.pop()
    }
  }
}
