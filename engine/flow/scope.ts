/** What expressions of a flow can read: made by the interpreter, given to `expression.ts` and `template.ts`. */
import type { Json } from '../../schemas/values.ts'
import type { EndedStatus } from './state.ts'

export interface Scope {
  /**
   * `input`, `vars`, `tasks`, `execution`, and for items `index`, `item` and the name that `as` gives. Plain objects;
   * those under `tasks` read their fields when they are asked for.
   */
  values: Record<string, unknown>
  /** Of the task that is being left, for its edges: what `succeeded() failed() timed_out() cancelled()` tell. */
  outcome?: EndedStatus
  /** What `result()` gives: the output; of a task with items the outputs in index order, null where there is none. */
  result?: () => Json
}
