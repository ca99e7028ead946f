/** Does code do today what a log says that it did? */
import type { HistoryEvent } from '../../schemas/events.ts'
import type { History } from '../client/workflow-handle.ts'
import type { WorkflowDefinition } from '../definition/workflow.ts'
import { DeterminismError } from '../failures/determinism-error.ts'
import { PerdureError } from '../failures/perdure-error.ts'
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
 * @throws DeterminismError where code and log disagree, also when the log is of another workflow
 * @throws PerdureError `invalid_request` for what is no log
 */
export async function replay<Input, Output>(
  workflow: WorkflowDefinition<Input, Output>,
  history: Pick<History, 'events'> | readonly HistoryEvent[],
): Promise<void> {
  const events = eventsOf(history)
  sameKind(workflow, events)
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

/** What is no log is refused before anything runs: it is often what a request was answered instead of one. */
function eventsOf(history: unknown): readonly HistoryEvent[] {
  const events: unknown = typeof history === 'object' && history !== null && 'events' in history ? history.events : history
  if (Array.isArray(events) && events.every(isEvent)) return events
  throw new PerdureError('replay takes what handle.history() gives, or a list of events', { code: 'invalid_request' })
}

const isEvent = (value: unknown): value is HistoryEvent =>
  typeof value === 'object' && value !== null && 'type' in value && 'sequence' in value && 'data' in value

/** Another workflow's log would disagree somewhere, and say nothing of why. */
function sameKind({ name }: { name: string }, [first]: readonly HistoryEvent[]): void {
  if (first?.type !== 'WORKFLOW_STARTED' || first.data.kind === name) return
  throw new DeterminismError({
    index: first.sequence,
    expected: `workflow ${first.data.kind} (WORKFLOW_STARTED, event ${first.sequence})`,
    actual: `workflow ${name}`,
    hint: 'The log is of another workflow',
  })
}
