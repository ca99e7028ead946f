/** `ctx.promise` */
import { promiseName } from '../../../schemas/identity.ts'
import { milliseconds } from '../../definition/duration.ts'
import { checked } from '../../definition/name.ts'
import type { WaitOptions } from '../../definition/signal.ts'
import type { OutsidePromise } from '../../definition/workflow-context.ts'
import { wording } from '../wording.ts'
import type { Caller } from './caller.ts'

export function makePromise(caller: Caller) {
  const promise = <Value = unknown>(name: string, { timeout }: WaitOptions = {}): OutsidePromise<Value> => {
    const opened = caller.open<Value>('promise', promise, () => {
      checked(promiseName, name, 'the name of a promise')
      const limit = timeout === undefined ? {} : { timeoutMs: milliseconds(timeout) }
      return {
        asked: { type: 'promise', what: wording.promise(name) },
        name,
        command: (promiseId) => ({ type: 'CREATE_PROMISE', promiseId, name, ...limit }),
      }
    })
    return Object.assign(opened.promise, { promiseId: opened.call?.id ?? '', cancel: () => caller.giveUp(opened.call) })
  }
  return promise
}
