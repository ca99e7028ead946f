/** `ctx.until` */
import type { DurablePromise } from '../../definition/durable-promise.ts'
import { milliseconds } from '../../definition/duration.ts'
import type { WaitOptions } from '../../definition/signal.ts'
import { tested } from '../conditions.ts'
import { deferred } from '../deferred.ts'
import { type Caller, ignore, rejected } from './caller.ts'
import { limitWait } from './timers.ts'

export function makeUntil(caller: Caller) {
  const { state } = caller
  const until = (condition: () => boolean, { timeout }: WaitOptions = {}): DurablePromise<void> => {
    const refused = caller.refusal<void>('until')
    if (refused !== undefined) return refused
    let limitMs: number | undefined
    try {
      limitMs = timeout === undefined ? undefined : milliseconds(timeout)
    } catch (error) {
      return rejected(error)
    }
    const verdict = tested(condition)
    if ('error' in verdict) return rejected(verdict.error)
    if (verdict.holds) return met()
    const { promise, call } = caller.wait<void>('condition', '')
    state.conditions.add(call, condition)
    call.onEnd = () => state.conditions.remove(call)
    if (limitMs !== undefined) limitWait(caller, call, limitMs, 'the condition held', until)
    return promise
  }
  return until
}

function met(): DurablePromise<void> {
  const { promise, resolve } = deferred<void>()
  resolve()
  return Object.assign(promise, { cancel: ignore })
}
