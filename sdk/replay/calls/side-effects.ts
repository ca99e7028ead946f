/** `ctx.run` */
import { name as nameSchema } from '../../../schemas/identity.ts'
import { checked } from '../../definition/name.ts'
import type { RetryOptions } from '../../definition/task-options.ts'
import { wording } from '../wording.ts'
import type { Caller } from './caller.ts'

export function makeRun(caller: Caller) {
  const run = <Value>(name: string, fn: () => Promise<Value> | Value, options: { retry?: RetryOptions } = {}): Promise<Value> => {
    const { operations } = caller.state
    const { promise, call } = caller.open<Value>('run', run, () => ({
      asked: { type: 'operation', what: wording.operation(checked(nameSchema, name, 'the name of a run')) },
      name,
    }))
    if (call !== undefined) {
      operations.add(call.id, name, fn, options.retry)
      call.onEnd = () => operations.forget(call.id)
    }
    return promise
  }
  return run
}
