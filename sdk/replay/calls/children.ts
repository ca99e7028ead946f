/** `ctx.child` */
import { childExecutionId } from '../../../schemas/child-id.ts'
import { startChildWorkflow } from '../../../schemas/commands.ts'
import { executionId as executionIdSchema } from '../../../schemas/identity.ts'
import { kindOf } from '../../definition/checked-definition.ts'
import type { ChildOptions, ChildWorkflow } from '../../definition/child.ts'
import { milliseconds } from '../../definition/duration.ts'
import { checked } from '../../definition/name.ts'
import { encodePayload } from '../../values/payload.ts'
import { wording } from '../wording.ts'
import type { Caller, Plan } from './caller.ts'
import { makeSignalSender } from './externals.ts'

const asked = startChildWorkflow.omit({ type: true, childId: true })

type Named = { readonly name: string } | string

export function makeChild(caller: Caller) {
  const child = <Output>(definition: Named, input?: unknown, options: ChildOptions = {}): ChildWorkflow<Output> => {
    const { promise, call, matched } = caller.open<Output>('child', child, () => planOf(caller, definition, input, options))
    const own = matched && childExecutionId(caller.executionId, caller.run, matched.id)
    const executionId = matched?.recorded?.executionId ?? options.id ?? own ?? ''
    const signal = makeSignalSender(caller, executionId)
    return Object.assign(promise, { executionId, signal, cancel: () => caller.askToStop(call) })
  }
  return child
}

function planOf(caller: Caller, definition: Named, input: unknown, options: ChildOptions): Plan {
  const kind = kindOf(definition, 'workflow', 'the workflow of ctx.child')
  const { id, queue, parentClosePolicy, attributes, timeout } = options
  const described = {
    kind,
    ...(id !== undefined && { executionId: id }),
    ...(input !== undefined && { input: encodePayload(input, `the input of ${kind}`) }),
    ...(queue !== undefined && { queue }),
    ...(parentClosePolicy !== undefined && { parentClosePolicy }),
    ...(attributes !== undefined && { attributes }),
    ...(timeout !== undefined && { timeoutMs: milliseconds(timeout, 'timeout') }),
  }
  if (id !== undefined) checked(executionIdSchema, id, `the id of child ${kind}`)
  checked(asked, described, `child ${kind}`)
  const isFitting = (recorded: string, childId: string) => (id === undefined ? isOwn(caller, recorded, childId) : recorded === id)
  return {
    asked: { type: 'child', what: wording.child(kind), executionId: { chosen: id, isFitting } },
    name: kind,
    command: (childId) => ({ type: 'START_CHILD_WORKFLOW', childId, ...described }),
    stop: (childId) => ({ type: 'CANCEL_CHILD_WORKFLOW', childId }),
    outlives: parentClosePolicy === 'ABANDON',
  }
}

/** A run that goes on with the log of an earlier one has that run's children. */
function isOwn({ executionId, run }: Caller, recorded: string, childId: string): boolean {
  for (let each = run; each >= 1; each -= 1) if (recorded === childExecutionId(executionId, each, childId)) return true
  return false
}
