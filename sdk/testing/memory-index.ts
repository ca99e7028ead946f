/** Finding the executions of a test environment: by the filters and the language of the service, as they are at the moment. */
import { type Answer, accepted } from '../../engine/answer.ts'
import type { Condition } from '../../engine/index/condition.ts'
import { conditionOf } from '../../engine/index/filters.ts'
import { matches } from '../../engine/index/match.ts'
import { placeAfter, precedes, writeCursor } from '../../engine/index/page.ts'
import { summarize } from '../../engine/index/summarize.ts'
import { type Summary, shown, type Unserved } from '../../engine/index/summary.ts'
import { type ExecutionPage, type Filters, listLimits, type Order } from '../../schemas/listing.ts'
import type { ExecutionObject } from './execution-object.ts'

export interface MemoryIndexSource {
  now(): number
  executions(): Iterable<ExecutionObject>
  /** Kinds of work that wait and that no worker takes. */
  unserved(): Unserved[]
}

export interface PageRequest extends Filters {
  order?: Order | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

export class MemoryIndex {
  readonly #source: MemoryIndexSource

  constructor(source: MemoryIndexSource) {
    this.#source = source
  }

  page({ order = 'newest', limit = listLimits.defaultPage, cursor, ...filters }: PageRequest): Answer<ExecutionPage> {
    const condition = conditionOf(filters)
    if (!condition.ok) return condition
    const after = placeAfter(order, cursor)
    if (!after.ok) return after
    const place = after.value
    const found = this.#found(condition.value)
      .filter((summary) => place === undefined || precedes(order, place, summary))
      .sort((a, b) => (precedes(order, a, b) ? -1 : 1))
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return accepted({ items: items.map(shown), ...(more && { nextCursor: writeCursor(order, last) }) })
  }

  count(filters: Filters): Answer<{ count: number }> {
    const condition = conditionOf(filters)
    return condition.ok ? accepted({ count: this.#found(condition.value).length }) : condition
  }

  #found(condition: Condition): Summary[] {
    const now = this.#source.now()
    const present = { now, unserved: this.#source.unserved() }
    return [...this.#source.executions()].flatMap(({ state }) => {
      const summary = summarize(state, 0, now)
      return summary !== undefined && matches(condition, summary, present) ? [summary] : []
    })
  }
}
