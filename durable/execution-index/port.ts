/** What executions and routes ask of the index. Plain data, as everywhere between objects. */
import type { Condition } from '../../engine/index/condition.ts'
import type { Place, ShardPage } from '../../engine/index/page.ts'
import type { Summary, Unserved, Version } from '../../engine/index/summary.ts'
import type { Order } from '../../schemas/listing.ts'

export interface IndexQuestion {
  condition: Condition
  /** Needed only where the condition asks for what is stuck. */
  unserved: Unserved[]
}

export interface PageQuestion extends IndexQuestion {
  order: Order
  limit: number
  after?: Place
}

/** What the executions with these ids say of themselves: those that are not among `summaries` do not exist. */
export interface Testimony {
  ids: string[]
  summaries: Summary[]
  /** Before they were asked. Epoch ms: what was made since is not judged by it. */
  askedAt: number
}

export interface Reconciled {
  unchanged: number
  /** Rows that were missing or said something else. */
  corrected: number
  /** Rows of executions that do not exist. */
  removed: number
}

/** What was said is older than what is known here, of this revision: it was not taken. */
export type Newer = number | undefined

export interface IndexPort {
  /** News of one execution; settles once it is on disk. May be repeated, and come late. */
  note(summary: Summary): Promise<Newer>
  /** The execution is about to be deleted: what is not newer than this goes, and does not come back. */
  forget(id: string, version: Version): Promise<Newer>
  page(question: PageQuestion): Promise<ShardPage<Summary>>
  count(question: IndexQuestion): Promise<number>
  reconcile(testimony: Testimony): Promise<Reconciled>
}
