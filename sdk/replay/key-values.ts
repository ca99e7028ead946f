/** `ctx.state`: values by key, as they were when they were set. */
import type { Json } from '../../schemas/values.ts'
import { decode } from '../values/decode.ts'

export class KeyValues {
  readonly #values = new Map<string, Json>()

  get(key: string): unknown {
    return decode(this.#values.get(key))
  }

  set(key: string, value: Json): void {
    this.#values.set(key, value)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** In order of their first setting, so that code which walks over them does the same each time (D13). */
  keys(): string[] {
    return [...this.#values.keys()]
  }
}
