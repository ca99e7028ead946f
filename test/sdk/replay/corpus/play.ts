/** Records runs, and replays their logs with other code: whole, or one activation after another as a kept run lives. */
import type { HistoryEvent } from '../../../../schemas/events.ts'
import type { AnyWorkflow } from '../../../../sdk/definition/workflow.ts'
import { replayHistory } from '../../../../sdk/replay/replay-check.ts'
import { type ActivationAnswer, WorkflowRun } from '../../../../sdk/replay/workflow-run.ts'
import { Driver } from '../driver.ts'
import { flow } from '../flow.ts'
import type { Edit } from './edit.ts'

export async function record({ before, then }: Edit): Promise<readonly HistoryEvent[]> {
  const driver = new Driver(flow(before))
  await driver.activate()
  for (const step of then) {
    step(driver.log)
    await driver.activate()
  }
  await driver.agrees()
  return driver.log.events
}

export const replayWhole = ({ after }: Edit, events: readonly HistoryEvent[]): Promise<ActivationAnswer> =>
  replayHistory(flow(after), events)

/** Each piece ends with an activation. */
export async function replayInPieces({ after }: Edit, events: readonly HistoryEvent[]): Promise<ActivationAnswer> {
  const definition: AnyWorkflow = flow(after)
  const run = new WorkflowRun(definition, { executionId: 'execution-1', run: 1 })
  let from = 0
  for (const { sequence, type, data } of events) {
    const isClosing = type === 'WORKFLOW_SUSPENDED' || type === 'WORKFLOW_COMPLETED' || type === 'WORKFLOW_CANCELLED'
    if (!isClosing && type !== 'WORKFLOW_FAILED') continue
    const { snapshotSequence, activationAt } = data
    const piece = { from, events: events.slice(from, sequence), snapshotSequence, activationAt }
    const answer = await run.replay(piece)
    if (run.isFinished) return answer
    from = sequence
  }
  return run.replay({ from, events: events.slice(from), snapshotSequence: events.length, activationAt: events.at(-1)?.at ?? 0 })
}
