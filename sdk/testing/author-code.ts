/**
 * Author code at work. Activations always end by themselves. Task functions and side effects may do real work, or wait
 * for something that only time brings: what has not ended after a while is taken to do that.
 */
import type { Pulse } from './pulse.ts'

/** A task function or a side effect that runs. */
export interface Body {
  end(): void
  /** It shows that it is alive. */
  stir(): void
}

export class AuthorCode {
  readonly #pulse: Pulse
  readonly #bodies = new Set<object>()
  /** Those of them that wait for time to pass. */
  readonly #waiting = new Set<object>()
  #activations = 0

  constructor(pulse: Pulse) {
    this.#pulse = pulse
  }

  get isAdvancing(): boolean {
    return this.#activations > 0
  }

  /** Those of which it is not known that they wait. */
  get running(): object[] {
    return [...this.#bodies].filter((body) => !this.#waiting.has(body))
  }

  /** They have had their time. */
  giveUp(bodies: readonly object[]): void {
    for (const body of bodies) if (this.#bodies.has(body)) this.#waiting.add(body)
  }

  beginBody(): Body {
    const body = {}
    this.#bodies.add(body)
    this.#pulse.beat()
    return {
      end: () => {
        this.#bodies.delete(body)
        this.#waiting.delete(body)
        this.#pulse.beat()
      },
      stir: () => {
        this.#waiting.delete(body)
        this.#pulse.beat()
      },
    }
  }

  /** @returns it has been answered */
  beginActivation(): () => void {
    this.#activations += 1
    return () => {
      this.#activations -= 1
      this.#pulse.beat()
    }
  }
}
