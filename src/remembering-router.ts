/**
 * Finds routes as its inner router does, and remembers the answers for paths that come again: those that name no more than
 * the organisation, such as the door that all workers report at.
 */
import type { Result, Router } from 'hono/router'

const capacity = 200

export class RememberingRouter<Handler> implements Router<Handler> {
  readonly name = 'RememberingRouter'
  readonly #inner: Router<Handler>
  readonly #known = new Map<string, Result<Handler>>()

  constructor(inner: Router<Handler>) {
    this.#inner = inner
  }

  add(method: string, path: string, handler: Handler): void {
    this.#known.clear()
    this.#inner.add(method, path, handler)
  }

  match(method: string, path: string): Result<Handler> {
    const name = `${method} ${path}`
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const found = this.#inner.match(method, path)
    if (isOfAll(found)) this.#keep(name, found)
    return found
  }

  #keep(name: string, found: Result<Handler>): void {
    this.#known.set(name, found)
    const [oldest] = this.#known.keys()
    if (this.#known.size > capacity && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Every route has the middleware of all routes before its own handlers: more than that was found. */
const isOfAll = <Handler>([handlers]: Result<Handler>): boolean =>
  handlers.length > 1 && handlers.every(([, params]) => Object.keys(params).every((name) => name === 'org'))
