/**
 * What goes wrong on purpose: nothing, until a test asks for it. Drawn from a seed, so that the same test meets the same
 * faults each time.
 */
import { type Generator, generator } from '../replay/seed.ts'

/** How often: `true` whenever it can, or a share from 0 to 1. */
export type FaultRate = boolean | number

/** What goes wrong, and how often; what is not named does not go wrong. */
export interface Faults {
  /**
   * What an attempt or an activation gave is lost together with its worker: 3 s later the work is taken back, and done
   * again by another. It happens once at most to each task and to each activation.
   */
  dropCompletion?: FaultRate
  /** Work is handed to two workers, and messages arrive twice: task functions run again, and count once. */
  duplicateDelivery?: FaultRate
  /** Everything in memory is forgotten: workflows are replayed from their first event, executions read from their rows. */
  evict?: FaultRate
  /** What is on its way at the same time arrives in another order. */
  reorder?: FaultRate
}

const names = ['dropCompletion', 'duplicateDelivery', 'evict', 'reorder'] as const
type FaultName = (typeof names)[number]

export class FaultPlan {
  readonly #generator: Generator
  readonly #dropped = new Set<string>()
  #rates: Partial<Record<FaultName, number>> = {}

  constructor(seed: string) {
    this.#generator = generator(`faults/${seed}`)
  }

  /** @throws RangeError for what is no fault, or no rate */
  set(faults: Faults): void {
    const rates: Partial<Record<FaultName, number>> = {}
    for (const [name, rate] of Object.entries(faults)) {
      const known = names.find((each) => each === name)
      if (known === undefined) throw new RangeError(`${name} is not a fault: there are ${names.join(', ')}`)
      if (rate !== undefined) rates[known] = rateOf(name, rate)
    }
    this.#rates = rates
  }

  evicts(): boolean {
    return this.#strikes('evict')
  }

  duplicates(): boolean {
    return this.#strikes('duplicateDelivery')
  }

  reorders(): boolean {
    return this.#strikes('reorder')
  }

  /** Once for each piece of work, so that it comes to an end at any rate. */
  drops(work: string): boolean {
    if (this.#dropped.has(work) || !this.#strikes('dropCompletion')) return false
    this.#dropped.add(work)
    return true
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#generator.random() * limit)
  }

  #strikes(name: FaultName): boolean {
    const rate = this.#rates[name] ?? 0
    return rate > 0 && this.#generator.random() < rate
  }
}

function rateOf(name: string, rate: unknown): number {
  if (typeof rate === 'boolean') return rate ? 1 : 0
  if (typeof rate === 'number' && rate >= 0 && rate <= 1) return rate
  throw new RangeError(`${name} is ${String(rate)}: it must be true, false, or a number from 0 to 1`)
}
