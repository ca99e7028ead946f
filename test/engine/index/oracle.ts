/** What a condition means, told a second time and in another way than SQL. */
import type { Condition, Subject } from '../../../engine/index/condition.ts'
import { overdueMs, type Summary, type Unserved, waitingStuckMs } from '../../../engine/index/summary.ts'
import { spreadOf } from '../../../engine/spread.ts'

type Value = string | number | boolean | string[] | undefined

function valueIn(summary: Summary, subject: Subject): Value {
  if ('attribute' in subject)
    return Object.hasOwn(summary.attributes, subject.attribute) ? summary.attributes[subject.attribute] : undefined
  if (subject.field === 'parent') return summary.parent?.executionId
  if (subject.field === 'problem') return summary.problem?.type
  return summary[subject.field]
}

/** By code point, as UTF-8 orders bytes. */
const order = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : Number(a) - Number(b)

export function holds(condition: Condition, summary: Summary, present: { now: number; unserved: Unserved[] }): boolean {
  switch (condition.type) {
    case 'all':
      return condition.of.every((each) => holds(each, summary, present))
    case 'any':
      return condition.of.some((each) => holds(each, summary, present))
    case 'not':
      return !holds(condition.of, summary, present)
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
