/** How long closed runs stay, and when an execution may be deleted as a whole. */
import type { ClosedStatus } from '../../schemas/statuses.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import { unknownExecution } from './refusals.ts'
import type { ExecutionState } from './state.ts'

/** Closed runs of one execution that are kept, whatever the retention says. */
export const closedRunsKept = 100

/** A run that another has followed. */
export interface PastRun {
  run: number
  status: ClosedStatus
  startedAt: number
  closedAt: number
  lastSequence: number
}

/** Only what is closed and has told everybody may go: a parent or a child would wait for ever. */
export function mayGo({ executionId, run, outbox }: ExecutionState): Answer<null> {
  if (run === undefined) return unknownExecution({ executionId })
  if (run.closed === undefined) return refused('not_closed', `execution ${executionId} is open: cancel or terminate it first`)
  if (outbox.size > 0)
    return refused(
      'not_closed',
      `execution ${executionId} is closed, but ${outbox.size} of its messages have not arrived yet; try again`,
    )
  return accepted(null)
}

/** When a closed run is to go; undefined while it is open. Epoch ms. */
export const goesAt = ({ run }: ExecutionState, retentionMs: number): number | undefined =>
  run?.closed === undefined ? undefined : run.closed.at + retentionMs

/** A run of the past that goes although the execution stays: not while a message waits that has the rest of its words there. */
export function isRunOver(
  { run, outbox }: ExecutionState,
  past: Pick<PastRun, 'run' | 'closedAt'>,
  retentionMs: number,
  now: number,
): boolean {
  if (run === undefined || past.run >= run.number) return false
  for (const { message } of outbox.values()) if (message.type !== 'release' && message.run === past.run) return false
  return past.run < run.number - closedRunsKept || past.closedAt + retentionMs <= now
}
