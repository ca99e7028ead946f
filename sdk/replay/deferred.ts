/** A promise and the means to settle it. It counts as handled: a rejection that nobody awaits yet ends no process. */

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(reason: unknown): void
}

const nothing = (): void => undefined

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = nothing
  let reject: (reason: unknown) => void = nothing
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  promise.catch(nothing)
  return { promise, resolve, reject }
}

/** Suspension: no `catch` and no `finally` of the author ever sees it. */
export const never = <Value>(): Promise<Value> => new Promise<Value>(nothing)

/** A promise of the code's own that counts as handled, too. */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(nothing)
  return promise
}
