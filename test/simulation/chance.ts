/** Everything that is left to chance in a simulation, from one seed: the same on every machine. */
import { type Generator, generator } from '../../sdk/replay/seed.ts'

export class Chance {
  readonly #generator: Generator
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
    this.#generator = generator(seed)
  }

  /** A stream of its own: what is drawn from it moves no other. */
  fork(name: string): Chance {
    return new Chance(`${this.#seed}/${name}`)
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.#generator.random()
  }

  uuid(): string {
    return this.#generator.uuid()
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  isTrue(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}
