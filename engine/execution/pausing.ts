/**
 * Pausing a run, and resuming it. A paused run begins nothing: no activation, no attempt of a task. What is out settles;
 * timers, time limits, promises, signals and children write their events, and the code meets them once it is resumed.
 * Doing either twice writes nothing.
 */
import { type Answer, accepted } from '../answer.ts'
import type { Draft } from './draft.ts'
import { closedRefusal } from './refusals.ts'

export function pause(draft: Draft, by: string, reason: string | undefined): Answer<null> {
  const run = draft.run
  if (run.closed !== undefined) return closedRefusal(run)
  if (run.paused === undefined) draft.append('WORKFLOW_PAUSED', { by, ...(reason !== undefined && { reason }) })
  return accepted(null)
}

export function resume(draft: Draft, by: string, reason: string | undefined): Answer<null> {
  const run = draft.run
  if (run.closed !== undefined) return closedRefusal(run)
  if (run.paused !== undefined) draft.append('WORKFLOW_RESUMED', { by, ...(reason !== undefined && { reason }) })
  return accepted(null)
}
