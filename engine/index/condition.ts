/**
 * What a query asks of each execution, checked and typed: the language ends here, the store turns it into SQL.
 *
 * A comparison is true or false, never unknown: with what is not there, or has another type, it is false. So `NOT` of it
 * is true.
 */
export type TextField = 'id' | 'kind' | 'queue' | 'status' | 'parent' | 'problem'
export type NumberField = 'run' | 'createdAt' | 'startedAt' | 'closedAt'

export type Subject = { field: TextField | NumberField } | { attribute: string }

export const comparisons = ['=', '!=', '<', '<=', '>', '>='] as const
export type Comparison = (typeof comparisons)[number]

export type Condition =
  | { type: 'all' | 'any'; of: Condition[] }
  | { type: 'not'; of: Condition }
  | { type: 'compares'; subject: Subject; comparison: Comparison; value: string | number | boolean }
  | { type: 'between'; subject: Subject; low: string | number; high: string | number }
  | { type: 'among'; subject: Subject; values: string[] | number[] }
  | { type: 'begins'; subject: Subject; prefix: string }
  /** An attribute that is a list has this among its elements. */
  | { type: 'contains'; attribute: string; element: string }
  | { type: 'present'; subject: Subject }
  | { type: 'open' }
  | { type: 'stuck' }

/** Every execution. */
export const anything: Condition = { type: 'all', of: [] }

/** Whether the answer depends on which workers are connected. */
export function asksForStuck(condition: Condition): boolean {
  switch (condition.type) {
    case 'all':
    case 'any':
      return condition.of.some(asksForStuck)
    case 'not':
      return asksForStuck(condition.of)
    case 'stuck':
      return true
    case 'compares':
    case 'between':
    case 'among':
    case 'begins':
    case 'contains':
    case 'present':
    case 'open':
      return false
  }
}
