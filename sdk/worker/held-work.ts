/** Everything this worker has been given and has not been relieved of: what `hello` and `holding` tell. */
import type { InFlightItem } from '../../schemas/socket/up.ts'
import type { Connection } from './connection.ts'

interface Held<Via> {
  item: InFlightItem
  via: Via
}

/** An activation under another id may bear the same token: the later one stands for both. */
const keyOf = ({ executionId, token }: InFlightItem): string => `${executionId} ${token}`

/** `Via` is what work came over. */
export class HeldWork<Via = Connection> {
  readonly #held = new Map<string, Held<Via>>()
  readonly #watchers = new Set<() => void>()

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  add(item: InFlightItem, via: Via): void {
    this.#held.set(keyOf(item), { item, via })
  }

  remove(item: InFlightItem): void {
    const held = this.#held.get(keyOf(item))
    if (held?.item.id !== item.id) return
    this.#held.delete(keyOf(item))
    for (const tell of this.#watchers) tell()
    this.#watchers.clear()
  }

  removeAll(items: readonly InFlightItem[]): void {
    for (const item of items) this.remove(item)
  }

  /** Resolves when this worker is relieved of something. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.add(resolve)
    })
  }

  /** What came over this connection, or over one that is no more. */
  itemsOf(connection: Via): InFlightItem[] {
    return [...this.#held.values()].filter(({ via }) => via === connection).map(({ item }) => item)
  }

  tokensAmong(tokens: readonly string[]): string[] {
    const held = new Set([...this.#held.values()].map(({ item }) => item.token))
    return tokens.filter((token) => held.has(token))
  }
}
