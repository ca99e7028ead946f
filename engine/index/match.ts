/**
 * What a condition means, in plain code: where executions are in memory. The index asks SQL, and a test holds both beside
 * each other.
 */
import { spreadOf } from '../spread.ts'
import type { Condition, Subject } from './condition.ts'
import { overdueMs, type Summary, type Unserved, waitingStuckMs } from './summary.ts'

type Value = string | number | boolean | string[] | undefined

function valueIn(summary: Summary, subject: Subject): Value {
  if ('attribute' in subject)
    return Object.hasOwn(summary.attributes, subject.attribute) ? summary.attributes[subject.attribute] : undefined
  if (subject.field === 'parent') return summary.parent?.executionId
  if (subject.field === 'problem') return summary.problem?.type
  return summary[subject.field]
}

const order = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? orderOfTexts([...a], [...b]) : Number(a) - Number(b)

/** By code point, as UTF-8 orders bytes. */
function orderOfTexts(a: string[], b: string[]): number {
  const at = a.findIndex((character, index) => character !== b[index])
  if (at === -1) return a.length - b.length
  return (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1)
}

/** Whether an execution fulfils it. */
export function matches(condition: Condition, summary: Summary, present: { now: number; unserved: Unserved[] }): boolean {
  switch (condition.type) {
    case 'all':
      return condition.of.every((each) => matches(each, summary, present))
    case 'any':
      return condition.of.some((each) => matches(each, summary, present))
    case 'not':
      return !matches(condition.of, summary, present)
    case 'compares': {
      const value = valueIn(summary, condition.subject)
      const wanted = condition.value
      if (typeof value === 'boolean' || typeof wanted === 'boolean')
        return typeof value === typeof wanted && (value === wanted) === (condition.comparison === '=')
      if (value === undefined || Array.isArray(value) || typeof value !== typeof wanted) return false
      const sign = order(value, wanted)
      return { '=': sign === 0, '!=': sign !== 0, '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 }[
        condition.comparison
      ]
    }
    case 'between': {
      const value = valueIn(summary, condition.subject)
      if (typeof value !== typeof condition.low || (typeof value !== 'string' && typeof value !== 'number')) return false
      return order(value, condition.low) >= 0 && order(value, condition.high) <= 0
    }
    case 'among': {
      const value = valueIn(summary, condition.subject)
      return condition.values.some((each) => each === value)
    }
    case 'begins': {
      const value = valueIn(summary, condition.subject)
      return typeof value === 'string' && value.startsWith(condition.prefix)
    }
    case 'contains': {
      const value = valueIn(summary, { attribute: condition.attribute })
      return Array.isArray(value) && value.includes(condition.element)
    }
    case 'present':
      return valueIn(summary, condition.subject) !== undefined
    case 'open':
      return summary.closedAt === undefined
    case 'stuck':
      if (summary.closedAt !== undefined || summary.status === 'PAUSED') return false
      return (
        summary.problem !== undefined ||
        (summary.dutyAt !== undefined && summary.dutyAt < present.now - overdueMs) ||
        summary.waiting.some(
          ({ queue, type, kind, since }) =>
            since < present.now - waitingStuckMs &&
            present.unserved.some(
              (each) =>
                each.queue === queue &&
                each.type === type &&
                each.kind === kind &&
                spreadOf(summary.id) % each.partitions === each.partition,
            ),
        )
      )
  }
}
