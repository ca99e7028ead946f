/** What the calls of a workflow give. */

/** A promise whose result is in the log. Await it, combine it, or cancel what it stands for. */
export interface DurablePromise<Value> extends Promise<Value> {
  /** Has no effect once it is settled. */
  cancel(): void
}
