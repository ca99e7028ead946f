/** What a queue says of work that no worker takes: told when somebody asks, kept nowhere. */
import type { WorkType } from './lease.ts'

export interface UnservedKind {
  queue: string
  type: WorkType
  kind: string
}

export const isUnserved = (unserved: readonly UnservedKind[], work: UnservedKind): boolean =>
  unserved.some(({ queue, type, kind }) => queue === work.queue && type === work.type && kind === work.kind)
