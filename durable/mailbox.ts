/**
 * Takes what arrives one at a time and in order. It drains in a macrotask, so whatever came while the object was busy is
 * one batch, and so one commit.
 */
export class Mailbox<Item> {
  readonly #drain: (batch: Item[]) => void
  #batch: Item[] = []

  constructor(drain: (batch: Item[]) => void) {
    this.#drain = drain
  }

  post(item: Item): void {
    this.#batch.push(item)
    if (this.#batch.length === 1) setImmediate(() => this.#drain(this.take()))
  }

  /** What has arrived and is not drained yet. */
  take(): Item[] {
    const batch = this.#batch
    this.#batch = []
    return batch
  }
}
