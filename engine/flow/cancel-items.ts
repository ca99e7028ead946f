/** Asks what is out of a visit to end. Asked again, nothing is written. */
import { applyCommand } from '../execution/command-list.ts'
import type { Draft } from '../execution/draft.ts'
import type { Visit } from './state.ts'

export function cancelItems(draft: Draft, visit: Visit): void {
  for (const { id, status } of [...visit.items]) {
    if (status !== 'out') continue
    if (id.startsWith('task-')) applyCommand(draft, { type: 'CANCEL_TASK', taskId: id })
    if (id.startsWith('child-')) applyCommand(draft, { type: 'CANCEL_CHILD_WORKFLOW', childId: id })
  }
}
