/** Does code do today what a log says that it did? */
import type { HistoryEvent } from '../../schemas/events.ts'
import type { History } from '../client/workflow-handle.ts'
import type { WorkflowDefinition } from '../definition/workflow.ts'
import { DeterminismError } from '../failures/determinism-error.ts'
import { replayHistory } from '../replay/replay-check.ts'

/** How an activation that closes the run is answered. */
const closings: Partial<Record<HistoryEvent['type'], string>> = {
  WORKFLOW_COMPLETED: 'COMPLETE_WORKFLOW',
  WORKFLOW_FAILED: 'FAIL_WORKFLOW',
  WORKFLOW_CANCELLED: 'CANCEL_WORKFLOW',
}

/**
 * Runs the code of a workflow over a log, from its first event to its last. Nothing is sent, and no side effect begins.
 *
 * ```ts
 * await replay(album, await handle.history())
 * await replay(album, JSON.parse(await readFile('album.json', 'utf8')))
 * ```
 * @throws DeterminismError where code and log disagree
 */
export async function replay<Input, Output>(
  workflow: WorkflowDefinition<Input, Output>,
  history: Pick<History, 'events'> | readonly HistoryEvent[],
): Promise<void> {
  const events = isBare(history) ? history : history.events
  const answer = await replayHistory(workflow, events)
  const last = events.at(-1)
  const expected = last && closings[last.type]
  const actual = answer.commands.at(-1)?.type
  if (last === undefined || expected === undefined || actual === expected) return
  throw new DeterminismError({
    index: last.sequence,
    expected: `${expected} (${last.type}, event ${last.sequence})`,
    actual: actual ?? 'no end',
    hint: 'The code ends in another way than it did',
  })
}

const isBare = (history: Pick<History, 'events'> | readonly HistoryEvent[]): history is readonly HistoryEvent[] =>
  Array.isArray(history)
