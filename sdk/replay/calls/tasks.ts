/** `ctx.task` */
import { scheduleTask } from '../../../schemas/commands.ts'
import { kindOf } from '../../definition/checked-definition.ts'
import type { DurablePromise } from '../../definition/durable-promise.ts'
import { checked } from '../../definition/name.ts'
import type { AnyTask } from '../../definition/task.ts'
import { type TaskOptions, wireTaskOptions } from '../../definition/task-options.ts'
import { encodePayload } from '../../values/payload.ts'
import { wording } from '../wording.ts'
import type { Caller, Plan } from './caller.ts'

const asked = scheduleTask.omit({ type: true, taskId: true })

export function makeTask(caller: Caller) {
  const task = <Value>(definition: AnyTask | string, input?: unknown, options: TaskOptions = {}): DurablePromise<Value> => {
    const { promise, call } = caller.open<Value>('task', task, () => planOf(definition, input, options))
    return Object.assign(promise, { cancel: () => caller.askToStop(call) })
  }
  return task
}

function planOf(definition: AnyTask | string, input: unknown, options: TaskOptions): Plan {
  const kind = kindOf(definition, 'task', 'the task of ctx.task')
  const encoded = input === undefined ? {} : { input: encodePayload(input, `the input of ${kind}`) }
  const described = { kind, ...encoded, ...wireTaskOptions(typeof definition === 'string' ? {} : definition, options) }
  checked(asked, described, `task ${kind}`)
  return {
    asked: { type: 'task', what: wording.task(kind) },
    name: kind,
    command: (taskId) => ({ type: 'SCHEDULE_TASK', taskId, ...described }),
    stop: (taskId) => ({ type: 'CANCEL_TASK', taskId }),
  }
}
