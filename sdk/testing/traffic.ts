/**
 * Messages on their way: between executions, queues and workers. They arrive by themselves, in a later macrotask, so what
 * a test does before it waits for anything comes first.
 */
import { macrotask } from '../replay/macrotask.ts'
import type { FaultPlan } from './faults.ts'
import type { Pulse } from './pulse.ts'

interface Message {
  arrive: () => void
  /** Rounds for which a fault holds it back. */
  rounds: number
}

/** A message that is to be overtaken waits for less than so many rounds. */
const heldBackMost = 5

export class Traffic {
  readonly #pulse: Pulse
  readonly #faults: FaultPlan
  readonly #deliver: (arrive: () => void) => void
  #waiting: Message[] = []
  #isMoving = false

  constructor(pulse: Pulse, faults: FaultPlan, deliver: (arrive: () => void) => void) {
    this.#pulse = pulse
    this.#faults = faults
    this.#deliver = deliver
  }

  /** Something is on its way. */
  get isMoving(): boolean {
    return this.#isMoving
  }

  /** What is ordered is overtaken by nothing. */
  send(arrive: () => void, isOrdered: boolean): void {
    const rounds = !isOrdered && this.#faults.reorders() ? this.#faults.below(heldBackMost) : 0
    this.#waiting.push({ arrive, rounds })
    this.#pulse.beat()
    if (this.#isMoving) return
    this.#isMoving = true
    void this.#move()
  }

  /** What is on its way is lost. */
  clear(): void {
    this.#waiting = []
  }

  async #move(): Promise<void> {
    await macrotask()
    while (this.#waiting.length > 0) {
      const messages = this.#waiting
      const arriving = messages.filter(({ rounds }) => rounds === 0)
      this.#waiting = messages.filter(({ rounds }) => rounds > 0)
      for (const message of this.#waiting) message.rounds -= 1
      for (const { arrive } of arriving) this.#deliver(arrive)
      await macrotask()
    }
    this.#isMoving = false
    this.#pulse.beat()
  }
}
