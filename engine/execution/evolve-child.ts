/** What events about children, and about requests to other executions, do to the state. */
import type { LogEvent } from './log-event.ts'
import type { RunState } from './state.ts'

type EventOf<Type extends LogEvent['type']> = Extract<LogEvent, { type: Type }>

export function childInitiated(run: RunState, { at, data }: EventOf<'CHILD_WORKFLOW_INITIATED'>): void {
  const { childId: id, executionId, kind, parentClosePolicy } = data
  run.children.set(id, { id, executionId, kind, parentClosePolicy, initiatedAt: at, started: false, cancelRequested: false })
  run.usedChildren.add(id)
}

export function childStarted(run: RunState, { data }: EventOf<'CHILD_WORKFLOW_STARTED'>): void {
  const child = run.children.get(data.childId)
  if (child !== undefined) child.started = true
}

export function childAsked(run: RunState, { data }: EventOf<'CHILD_WORKFLOW_CANCELLATION_REQUESTED'>): void {
  const child = run.children.get(data.childId)
  if (child !== undefined) child.cancelRequested = true
}
