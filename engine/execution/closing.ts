/**
 * How a run closes: with the last event of its log (L11). Whoever still has its work is told to stop, its children get what
 * was said for this case when they were started, and its parent is told.
 */
import { leaveChildren } from './children.ts'
import type { Draft, Told } from './draft.ts'
import type { EventData, EventNote } from './log-event.ts'
import { type ClosingType, outcomes } from './messages.ts'

export function closeRun<Type extends ClosingType>(
  draft: Draft,
  type: Type,
  data: EventData<Type>,
  extra: { payload?: string | undefined; note?: EventNote } = {},
): void {
  const { number: run, parent } = draft.run
  stopAllWork(draft, outcomes[type])
  leaveChildren(draft, outcomes[type])
  const sequence = draft.append(type, data, extra)
  if (parent === undefined) return
  const { executionId: to, ...asChild } = parent
  draft.post({ type: 'child-ended', to, parent: asChild, run, sequence })
}

function stopAllWork(draft: Draft, reason: string): void {
  const run = draft.run
  const told: Told[] = []
  for (const { id, attempt, queue, lease } of run.tasks.values()) {
    if (lease.held) draft.record({ type: 'hold-ended', run: run.number, id })
    if (lease.phase === 'out' && lease.holder !== undefined) told.push({ id, attempt, holder: lease.holder })
    // A restart has forgotten who has it, and nobody will ask any more.
    if (lease.phase === 'unknown') told.push({ id, attempt, holder: { queue } })
  }
  draft.tellHolders(told, reason)
  const attempt = run.activationsLost + 1
  const { activation, operations } = run
  if (activation?.issued !== undefined) draft.endHold(activation.issued.id, attempt, activation.lease)
  if (operations !== undefined) draft.endHold(operations.id, attempt, operations.lease)
}

export function terminate(draft: Draft, by: string, reason: string | undefined): void {
  closeRun(draft, 'WORKFLOW_TERMINATED', { by, ...(reason !== undefined && { reason }) })
}

export function timeOutRun(draft: Draft): void {
  closeRun(draft, 'WORKFLOW_TIMED_OUT', {})
}
