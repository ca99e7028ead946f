/** `ctx.execution`, and signals to children. */
import { cancelWorkflowExecution } from '../../../schemas/commands.ts'
import { executionId as executionIdSchema } from '../../../schemas/identity.ts'
import type { ExternalExecution } from '../../definition/child.ts'
import type { DurablePromise } from '../../definition/durable-promise.ts'
import { checked } from '../../definition/name.ts'
import { signalName } from '../../definition/signal.ts'
import { encodePayload } from '../../values/payload.ts'
import { wording } from '../wording.ts'
import { type Caller, ignore } from './caller.ts'

type Named = { readonly name: string } | string

const reasonSchema = cancelWorkflowExecution.shape.reason

export function makeExecution(caller: Caller) {
  return (executionId: string): ExternalExecution => {
    const cancel = (reason?: string): DurablePromise<void> => {
      const { promise } = caller.open<void>('execution().cancel', cancel, () => {
        checked(executionIdSchema, executionId, 'the id of an execution')
        checked(reasonSchema, reason, 'the reason')
        const what = wording.cancel(executionId)
        return {
          asked: { type: 'external', what },
          name: what,
          command: (requestId) => ({
            type: 'CANCEL_WORKFLOW_EXECUTION',
            requestId,
            executionId,
            ...(reason !== undefined && { reason }),
          }),
        }
      })
      return Object.assign(promise, { cancel: ignore })
    }
    return { executionId, signal: makeSignalSender(caller, executionId), cancel }
  }
}

export function makeSignalSender(caller: Caller, executionId: string) {
  const signal = (definition: Named, payload?: unknown): DurablePromise<void> => {
    const { promise } = caller.open<void>('signal', signal, () => {
      checked(executionIdSchema, executionId, 'the id of an execution')
      const name = signalName(definition)
      const encoded = payload === undefined ? {} : { payload: encodePayload(payload, `the payload of ${name}`) }
      const what = wording.signal(name, executionId)
      return {
        asked: { type: 'external', what },
        name: what,
        command: (requestId) => ({ type: 'SIGNAL_WORKFLOW', requestId, executionId, name, ...encoded }),
      }
    })
    return Object.assign(promise, { cancel: ignore })
  }
  return signal
}
