/**
 * Takes what arrives one at a time and in order: group commit. An idle object takes an item at once; while a commit is on
 * its way to the disk, what arrives waits, and is the next batch.
 *
 * A pause in a macrotask instead would cost every request its length: in `workerd` `setImmediate` waits a millisecond, as
 * long as a whole request with its commit, and a `MessageChannel` does not let other requests in.
 */
export class Mailbox<Item> {
  readonly #drain: (batch: Item[]) => Promise<unknown> | undefined
  #batch: Item[] = []
  #isBusy = false

  /** `drain` answers with when the disk has its commit, or undefined when it wrote nothing. */
  constructor(drain: (batch: Item[]) => Promise<unknown> | undefined) {
    this.#drain = drain
  }

  post(item: Item): void {
    this.#batch.push(item)
    if (this.#isBusy) return
    this.#isBusy = true
    void Promise.resolve().then(() => this.#next())
  }

  #next(): void {
    const batch = this.#batch
    this.#batch = []
    this.#isBusy = batch.length > 0
    if (batch.length === 0) return
    const next = () => this.#next()
    const written = this.#drain(batch)
    void (written ?? Promise.resolve()).then(next, next)
  }
}
