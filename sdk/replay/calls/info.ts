/** `ctx.info` */
import { limits } from '../../../schemas/limits.ts'
import type { WorkflowInfo } from '../../definition/workflow-context.ts'
import type { Caller } from './caller.ts'

export function makeInfo({ state, executionId, run }: Caller): WorkflowInfo {
  const { started } = state.book
  return {
    executionId,
    run,
    kind: started?.data.kind ?? '',
    queue: started?.data.queue ?? '',
    startedAt: started?.at ?? 0,
    get historyLength() {
      return state.readEdge()
    },
    get continueAsNewSuggested() {
      return state.readEdge() >= limits.eventsSuggestContinueAsNew
    },
  }
}
