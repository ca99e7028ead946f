/** What everybody would write over durable promises. */
import type { DurablePromise } from '../definition/durable-promise.ts'
import type { TimeoutFailure } from '../failures/own-failures.ts'
import { deferred } from './deferred.ts'

/** `promise`, or `failure` if `timer` is first; the second of them is cancelled. */
export function withTimeout<Value>(
  timer: DurablePromise<void>,
  promise: PromiseLike<Value>,
  failure: TimeoutFailure,
): DurablePromise<Value> {
  const { promise: first, resolve, reject } = deferred<Value>()
  let isOpen = true
  const settle = (settleFirst: () => void): void => {
    if (!isOpen) return
    isOpen = false
    settleFirst()
    timer.cancel()
  }
  const cancel = (): void => {
    if (isCancellable(promise)) promise.cancel()
  }
  promise.then(
    (value) => settle(() => resolve(value)),
    (reason) => settle(() => reject(reason)),
  )
  timer.then(
    () => {
      if (!isOpen) return
      isOpen = false
      reject(failure)
      cancel()
    },
    (reason) => settle(() => reject(reason)),
  )
  return Object.assign(first, { cancel })
}

const isCancellable = (promise: object): promise is { cancel(): void } =>
  'cancel' in promise && typeof promise.cancel === 'function'

/** Results in the order of the items; the first failure ends it, and no further item is begun. */
export async function map<Item, Value>(
  items: Iterable<Item>,
  fn: (item: Item, index: number) => PromiseLike<Value> | Value,
  concurrency: number,
): Promise<Value[]> {
  if (!(concurrency >= 1)) throw new RangeError(`concurrency is ${concurrency}, it must be at least 1`)
  const list = [...items]
  const results = new Array<Value>(list.length)
  const rest = list.entries()
  let isOver = false
  const lane = async (): Promise<void> => {
    for (;;) {
      const next = rest.next()
      if (next.done || isOver) return
      const [index, item] = next.value
      results[index] = await fn(item, index)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, lane))
  } finally {
    isOver = true
  }
  return results
}
