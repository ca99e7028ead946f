/** Activations that were given again while their answer is under way: they wait for it, and keep their slot. */
import type { Activation } from '../../schemas/work.ts'

interface Again<Via> {
  activation: Activation
  via: Via
}

const keyOf = ({ executionId, run }: Activation): string => `${executionId} ${run}`

export class Postponed<Via> {
  readonly #again = new Map<string, Again<Via>>()
  readonly #released: () => void

  /** `released`: the slot of one that is not needed is free. */
  constructor(released: () => void) {
    this.#released = released
  }

  put(activation: Activation, via: Via): void {
    this.forget(activation)
    this.#again.set(keyOf(activation), { activation, via })
  }

  take(activation: Activation): Again<Via> | undefined {
    const again = this.#again.get(keyOf(activation))
    this.#again.delete(keyOf(activation))
    return again
  }

  forget(activation: Activation): void {
    if (this.take(activation) !== undefined) this.#released()
  }
}
