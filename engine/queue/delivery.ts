/**
 * What must reach executions: sent at once, and again with back-off until it is answered. Receivers know repeats.
 *
 * 1. The next try is never more than 5 s away (L8).
 * 2. One execution that cannot be reached delays no other.
 */

export interface Delivery<Message> {
  id: number
  message: Message
  tries: number
  nextAt: number
}

const firstDelayMs = 1_000
export const longestDelayMs = 5_000

/** Epoch ms of the next try after `tries` failures. */
export const retryAt = (now: number, tries: number): number =>
  now + Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 10))

export class Deliveries<Message extends { executionId: string }> {
  readonly #open = new Map<number, Delivery<Message>>()
  readonly #byExecution = new Map<string, Set<Delivery<Message>>>()
  #last = 0

  /** Ids grow and are not used again while the object lives. */
  get nextId(): number {
    return this.#last + 1
  }

  add(id: number, message: Message, nextAt: number): void {
    this.#last = Math.max(this.#last, id)
    const delivery = { id, message, tries: 0, nextAt }
    this.#open.set(id, delivery)
    const theirs = this.#byExecution.get(message.executionId) ?? new Set()
    this.#byExecution.set(message.executionId, theirs.add(delivery))
  }

  get(id: number): Delivery<Message> | undefined {
    return this.#open.get(id)
  }

  done(id: number): void {
    const delivery = this.#open.get(id)
    if (delivery === undefined) return
    this.#open.delete(id)
    const theirs = this.#byExecution.get(delivery.message.executionId)
    theirs?.delete(delivery)
    if (theirs?.size === 0) this.#byExecution.delete(delivery.message.executionId)
  }

  /** It is on its way: if nothing is heard of it, it is sent again. */
  sent(id: number, now: number): void {
    const delivery = this.#open.get(id)
    if (delivery !== undefined) delivery.nextAt = now + longestDelayMs
  }

  failed(id: number, now: number): void {
    const delivery = this.#open.get(id)
    if (delivery === undefined) return
    delivery.nextAt = retryAt(now, delivery.tries)
    delivery.tries += 1
  }

  due(now: number): Delivery<Message>[] {
    return [...this.#open.values()].filter((delivery) => delivery.nextAt <= now)
  }

  dueAt(): number | undefined {
    let earliest: number | undefined
    for (const { nextAt } of this.#open.values()) if (earliest === undefined || nextAt < earliest) earliest = nextAt
    return earliest
  }

  forExecution(executionId: string): Message[] {
    return [...(this.#byExecution.get(executionId) ?? [])].map(({ message }) => message)
  }

  messages(): Delivery<Message>[] {
    return [...this.#open.values()]
  }
}
