/** What queries can ask about, and how: the one table behind checks, messages and the guide. */
import type { NumberField, TextField } from './condition.ts'

export type FieldType =
  | { type: 'text'; column: TextField }
  | { type: 'status'; column: 'status' }
  | { type: 'number'; column: NumberField }
  | { type: 'time'; column: NumberField }
  /** TRUE or FALSE. */
  | { type: 'flag'; flag: 'open' | 'stuck' }

export const fields: Readonly<Record<string, FieldType>> = {
  id: { type: 'text', column: 'id' },
  kind: { type: 'text', column: 'kind' },
  queue: { type: 'text', column: 'queue' },
  status: { type: 'status', column: 'status' },
  parent: { type: 'text', column: 'parent' },
  problem: { type: 'text', column: 'problem' },
  run: { type: 'number', column: 'run' },
  createdAt: { type: 'time', column: 'createdAt' },
  startedAt: { type: 'time', column: 'startedAt' },
  closedAt: { type: 'time', column: 'closedAt' },
  open: { type: 'flag', flag: 'open' },
  stuck: { type: 'flag', flag: 'stuck' },
}

export const fieldOf = (name: string): FieldType | undefined => (Object.hasOwn(fields, name) ? fields[name] : undefined)
