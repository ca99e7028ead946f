/** Times of one operation, in milliseconds: their median, and their spread as the middle half. */
export class Sample {
  readonly #times: number[] = []

  async time(operation: () => Promise<unknown>): Promise<void> {
    const began = performance.now()
    await operation()
    this.#times.push(performance.now() - began)
  }

  get count(): number {
    return this.#times.length
  }

  get median(): number {
    return this.#quantile(0.5)
  }

  get spread(): [number, number] {
    return [this.#quantile(0.25), this.#quantile(0.75)]
  }

  /** By linear interpolation between the two nearest ranks. */
  #quantile(share: number): number {
    const sorted = this.#times.toSorted((one, other) => one - other)
    const rank = (sorted.length - 1) * share
    const below = sorted[Math.floor(rank)] ?? Number.NaN
    const above = sorted[Math.ceil(rank)] ?? Number.NaN
    return below + (above - below) * (rank - Math.floor(rank))
  }
}
