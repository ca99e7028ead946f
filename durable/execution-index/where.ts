/**
 * A condition as SQL over `executions`. Values are bound, never written into the text.
 *
 * 1. Every expression is 0 or 1, never NULL: `NOT` of it is its opposite.
 * 2. Equal values are bound once; a query within its bounds stays below the 100 parameters of the platform.
 */
import type { Condition, NumberField, Subject, TextField } from '../../engine/index/condition.ts'
import { overdueMs, type Unserved, waitingStuckMs } from '../../engine/index/summary.ts'

const columns: Readonly<Record<TextField | NumberField, string>> = {
  id: 'id',
  kind: 'kind',
  queue: 'queue',
  status: 'status',
  parent: 'parent_id',
  problem: "(problem ->> 'type')",
  run: 'run',
  createdAt: 'created_at',
  startedAt: 'started_at',
  closedAt: 'closed_at',
}

/** What a condition about the present needs to know. */
export interface Present {
  now: number
  unserved: Unserved[]
}

export class Where {
  readonly #present: Present
  readonly #numbers = new Map<string | number, number>()

  constructor(present: Present) {
    this.#present = present
  }

  /** In the order of their numbers. */
  get bindings(): (string | number)[] {
    return [...this.#numbers.keys()]
  }

  /** The parameter that stands for a value. */
  bind(value: string | number): string {
    const number = this.#numbers.get(value) ?? this.#numbers.size + 1
    this.#numbers.set(value, number)
    return `?${number}`
  }

  text(condition: Condition): string {
    switch (condition.type) {
      case 'all':
        return condition.of.length === 0 ? '1' : `(${condition.of.map((each) => this.text(each)).join(' AND ')})`
      case 'any':
        return condition.of.length === 0 ? '0' : `(${condition.of.map((each) => this.text(each)).join(' OR ')})`
      case 'not':
        // Twice is not at all; the platform allows expressions only some depth.
        return condition.of.type === 'not' ? this.text(condition.of.of) : `NOT ${this.text(condition.of)}`
      case 'compares':
        return this.#compares(condition)
      case 'between': {
        const [low, high] = [this.bind(condition.low), this.bind(condition.high)]
        return this.#about(condition.subject, condition.low, (value) => `${value} BETWEEN ${low} AND ${high}`)
      }
      case 'among': {
        const values = this.bind(JSON.stringify(condition.values))
        const is = (value: string) => `${value} IN (SELECT value FROM json_each(${values}))`
        return this.#about(condition.subject, condition.values[0] ?? '', is)
      }
      case 'begins': {
        const prefix = this.bind(condition.prefix)
        return this.#about(condition.subject, condition.prefix, (value) => `substr(${value}, 1, length(${prefix})) = ${prefix}`)
      }
      case 'contains':
        return (
          '(EXISTS (SELECT 1 FROM json_each(attributes) AS a, ' +
          "json_each(CASE a.type WHEN 'array' THEN a.value ELSE '[]' END) AS element " +
          `WHERE a.key = ${this.bind(condition.attribute)} AND element.value = ${this.bind(condition.element)}))`
        )
      case 'present':
        return 'attribute' in condition.subject
          ? `(EXISTS (SELECT 1 FROM json_each(attributes) WHERE key = ${this.bind(condition.subject.attribute)}))`
          : `(${columns[condition.subject.field]} IS NOT NULL)`
      case 'open':
        return '(closed_at IS NULL)'
      case 'stuck':
        return this.#stuck()
    }
  }

  #compares({ subject, comparison, value }: Extract<Condition, { type: 'compares' }>): string {
    if (typeof value === 'boolean') {
      // The type of a JSON boolean says what it is.
      const isTrue = value === (comparison === '=')
      return this.#attribute(subject, `type = '${isTrue}'`)
    }
    const bound = this.bind(value)
    const exact = this.#about(subject, value, (each) => `${each} ${comparison} ${bound}`)
    if (comparison !== '=' || !('attribute' in subject)) return exact
    // Looking for the text first saves parsing most rows: five times faster.
    const written = `${JSON.stringify(subject.attribute)}:${JSON.stringify(value)}`
    return `(instr(attributes, ${this.bind(written)}) > 0 AND ${exact})`
  }

  /** `is` of the column, or of the attribute where that has the type of `example`. */
  #about(subject: Subject, example: string | number | boolean, is: (value: string) => string): string {
    if ('attribute' in subject) {
      const types = typeof example === 'string' ? "type = 'text'" : "type IN ('integer', 'real')"
      return this.#attribute(subject, `${types} AND ${is('value')}`)
    }
    const column = columns[subject.field]
    return `(${column} IS NOT NULL AND ${is(column)})`
  }

  #attribute(subject: Subject, is: string): string {
    if (!('attribute' in subject)) return '0'
    return `(EXISTS (SELECT 1 FROM json_each(attributes) WHERE key = ${this.bind(subject.attribute)} AND ${is}))`
  }

  /** Open, not paused, and nothing moves: a problem, a duty long overdue, or work of a kind that no worker takes. */
  #stuck(): string {
    const { now, unserved } = this.#present
    const kinds = JSON.stringify(
      unserved.map(({ queue, type, kind, partition, partitions }) => [queue, type, kind, partition, partitions]),
    )
    return (
      "(closed_at IS NULL AND status != 'PAUSED' AND (problem IS NOT NULL " +
      `OR (duty_at IS NOT NULL AND duty_at < ${this.bind(now - overdueMs)}) ` +
      `OR EXISTS (SELECT 1 FROM json_each(waiting) AS w, json_each(${this.bind(kinds)}) AS u ` +
      'WHERE (w.value ->> 0) = (u.value ->> 0) AND (w.value ->> 1) = (u.value ->> 1) AND (w.value ->> 2) = (u.value ->> 2) ' +
      `AND (w.value ->> 3) < ${this.bind(now - waitingStuckMs)} AND spread % (u.value ->> 4) = (u.value ->> 3))))`
    )
  }
}
