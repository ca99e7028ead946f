/** Whole logs against code: does it do today what its log says it did? Nothing is sent, no side effect begins. */
import type { Command } from '../../schemas/commands.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import type { RunIdentity } from './start-code.ts'
import { type ActivationAnswer, WorkflowRun } from './workflow-run.ts'

/** One activation of the log, and what code that is built anew from the log before it answers there. */
export interface Recomputed {
  /** Of the event that closed it. */
  sequence: number
  commands: Command[]
}

/**
 * Replays a log from its first event to its last.
 *
 * @returns what the code asks for beyond the log
 * @throws DeterminismError where code and log disagree
 */
export function replayHistory(definition: AnyWorkflow, events: readonly HistoryEvent[]): Promise<ActivationAnswer> {
  const last = events.at(-1)
  return answerAt(definition, events, last?.sequence ?? 0, last?.at ?? 0)
}

/** For each activation in the log, the commands that a cold worker would answer with: they must be its block. */
export async function recomputeBlocks(definition: AnyWorkflow, events: readonly HistoryEvent[]): Promise<Recomputed[]> {
  const blocks: Recomputed[] = []
  for (const { sequence, type, data } of events) {
    const isClosing = type === 'WORKFLOW_COMPLETED' || type === 'WORKFLOW_FAILED' || type === 'WORKFLOW_CANCELLED'
    if (!isClosing && type !== 'WORKFLOW_SUSPENDED') continue
    const seen = events.filter((event) => event.sequence <= data.snapshotSequence)
    const { commands } = await answerAt(definition, seen, data.snapshotSequence, data.activationAt)
    blocks.push({ sequence, commands })
  }
  return blocks
}

function answerAt(
  definition: AnyWorkflow,
  events: readonly HistoryEvent[],
  snapshotSequence: number,
  activationAt: number,
): Promise<ActivationAnswer> {
  return new WorkflowRun(definition, identityOf(events)).replay({ from: 0, events, snapshotSequence, activationAt })
}

function identityOf([first]: readonly HistoryEvent[]): RunIdentity {
  if (first?.type !== 'WORKFLOW_STARTED') {
    throw new PerdureError('a history begins with WORKFLOW_STARTED', { code: 'history_gap' })
  }
  return { executionId: first.data.executionId, run: first.data.run }
}
