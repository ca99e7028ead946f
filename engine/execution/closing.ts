/** What a run leaves behind when it closes: whoever still has its work is told to stop (L11). */
import type { Draft, Told } from './draft.ts'

export function stopAllWork(draft: Draft, reason: string): void {
  const run = draft.run
  const told: Told[] = []
  for (const { id, attempt, lease } of run.tasks.values()) {
    if (lease.held) draft.record({ type: 'hold-ended', run: run.number, id })
    if (lease.phase === 'out' && lease.holder !== undefined) told.push({ id, attempt, holder: lease.holder })
  }
  draft.tellHolders(told, reason)
  const attempt = run.activationsLost + 1
  const { activation, operations } = run
  if (activation?.issued !== undefined) draft.endHold(activation.issued.id, attempt, activation.lease)
  if (operations !== undefined) draft.endHold(operations.id, attempt, operations.lease)
}

export function terminate(draft: Draft, by: string, reason: string | undefined): void {
  stopAllWork(draft, 'TERMINATED')
  draft.append('WORKFLOW_TERMINATED', { by, ...(reason !== undefined && { reason }) })
}

export function timeOutRun(draft: Draft): void {
  stopAllWork(draft, 'TIMED_OUT')
  draft.append('WORKFLOW_TIMED_OUT', {})
}
