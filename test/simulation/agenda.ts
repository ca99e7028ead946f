/** Virtual time: what happens when. Nothing waits for real; what is due at the same time happens in the order of entry. */
import TinyQueue from 'tinyqueue'

interface Happening {
  at: number
  order: number
  run: () => void
  isCancelled: boolean
}

export class Agenda {
  /** Epoch ms. */
  now = 1_700_000_000_000
  #order = 0
  readonly #happenings = new TinyQueue<Happening>([], (a, b) => a.at - b.at || a.order - b.order)

  /** @returns takes it off again */
  at(time: number, run: () => void): () => void {
    this.#order += 1
    const happening = { at: Math.max(this.now, time), order: this.#order, run, isCancelled: false }
    this.#happenings.push(happening)
    return () => {
      happening.isCancelled = true
    }
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run)
  }

  /** When the next thing happens, if anything does. */
  get nextAt(): number | undefined {
    for (let next = this.#happenings.peek(); next !== undefined; next = this.#happenings.peek()) {
      if (!next.isCancelled) return next.at
      this.#happenings.pop()
    }
    return undefined
  }

  /** Lets the next thing happen, unless that is later than `until`. */
  step(until: number): boolean {
    const { nextAt } = this
    if (nextAt === undefined || nextAt > until) return false
    this.now = nextAt
    this.#happenings.pop()?.run()
    return true
  }
}
