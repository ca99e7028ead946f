/** What rides along with a request to any of the doors for workers. */
import type { ReportRequest } from '../engine/execution/commands.ts'
import type { Accept } from '../schemas/reports.ts'

export interface Carrying {
  session?: string | undefined
  requestId?: string | undefined
  accept?: Accept | undefined
}

export const carryingOf = ({
  session,
  requestId,
  accept,
}: Carrying): Pick<ReportRequest, 'session' | 'requestId' | 'accept'> => ({
  ...(session !== undefined && { session }),
  ...(requestId !== undefined && { requestId }),
  ...(accept !== undefined && { accept }),
})
