/** Measures of one thing, taken in many rounds: their median, their spread as the middle half, their 99th percentile. */
export class Sample {
  readonly #values: number[] = []

  /** Milliseconds. */
  async time(operation: () => Promise<unknown>): Promise<void> {
    const began = performance.now()
    await operation()
    this.add(performance.now() - began)
  }

  add(...values: number[]): void {
    this.#values.push(...values)
  }

  get count(): number {
    return this.#values.length
  }

  get median(): number {
    return this.quantile(0.5)
  }

  get p99(): number {
    return this.quantile(0.99)
  }

  get spread(): [number, number] {
    return [this.quantile(0.25), this.quantile(0.75)]
  }

  /** By linear interpolation between the two nearest ranks; NaN without measures. */
  quantile(share: number): number {
    const sorted = this.#values.toSorted((one, other) => one - other)
    const rank = (sorted.length - 1) * share
    const below = sorted[Math.floor(rank)] ?? Number.NaN
    const above = sorted[Math.ceil(rank)] ?? Number.NaN
    return below + (above - below) * (rank - Math.floor(rank))
  }
}
