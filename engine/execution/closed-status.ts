/** What a closing event makes of its run. */
import type { ClosedStatus } from '../../schemas/statuses.ts'

const statuses: Readonly<Record<string, ClosedStatus>> = {
  WORKFLOW_COMPLETED: 'COMPLETED',
  WORKFLOW_FAILED: 'FAILED',
  WORKFLOW_CANCELLED: 'CANCELLED',
  WORKFLOW_TERMINATED: 'TERMINATED',
  WORKFLOW_TIMED_OUT: 'TIMED_OUT',
}

/** Undefined: an event of that type closes nothing. */
export const closedStatusOf = (eventType: string): ClosedStatus | undefined =>
  Object.hasOwn(statuses, eventType) ? statuses[eventType] : undefined
