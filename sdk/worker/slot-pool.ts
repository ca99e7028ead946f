/**
 * The slots of one type of work, and where they are: with work that is held, granted to a queue, or offered in a request.
 *
 * 1. Held, granted and offered together never exceed the slots.
 * 2. Some slots are kept back, because work of an execution comes back faster in the reply to its own request than over
 *    the queue; but no partition of the queue is without credit while there is any.
 */

/** Who has been granted credit: one per connection. */
export interface Grantee {
  readonly granted: { workflow: number; task: number }
}

export class SlotPool {
  readonly #type: 'workflow' | 'task'
  readonly #total: number
  readonly #reserve: number
  #held = 0
  #offered = 0

  constructor(type: 'workflow' | 'task', total: number, reserve: number) {
    this.#type = type
    this.#total = total
    this.#reserve = reserve
  }

  get held(): number {
    return this.#held
  }

  /** Work came over a queue: it spent a credit. */
  pushed(by: Grantee): void {
    by.granted[this.#type] = Math.max(0, by.granted[this.#type] - 1)
    this.#held += 1
  }

  /** Work came with a reply, for one of the slots that the request offered. */
  carried(): void {
    this.#held += 1
  }

  release(): void {
    this.#held -= 1
  }

  /** For a request, up to `most`; to be taken back with `withdraw` when it is answered. */
  offer(most: number, grantees: Iterable<Grantee>): number {
    const offered = Math.max(0, Math.min(most, this.#free(grantees)))
    this.#offered += offered
    return offered
  }

  withdraw(offered: number): void {
    this.#offered -= offered
  }

  /** What the queue may have now; `isPressed`: other executions wait there. */
  grantable(grantees: Iterable<Grantee>, isPressed: boolean): number {
    const all = [...grantees]
    const free = this.#free(all)
    if (free <= 0) return 0
    const isDry = all.some((grantee) => grantee.granted[this.#type] === 0)
    const kept = isPressed ? 0 : Math.min(this.#reserve, isDry ? Math.floor(free / 2) : free)
    return free - kept
  }

  grant(to: Grantee, count: number): void {
    to.granted[this.#type] += count
  }

  #free(grantees: Iterable<Grantee>): number {
    let granted = 0
    for (const grantee of grantees) granted += grantee.granted[this.#type]
    return this.#total - this.#held - this.#offered - granted
  }
}
