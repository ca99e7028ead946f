/** What doors for workers have in common: what rides along with a request, and what none may exceed. */
import type { ReportRequest } from '../engine/execution/commands.ts'
import type { Refusal } from '../schemas/errors.ts'
import { limits } from '../schemas/limits.ts'
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

export const tooManyCommands = (path: string): Refusal => ({
  code: 'invalid_request',
  message: `an activation is answered with at most ${limits.commandsPerActivation} commands`,
  errors: [{ path, message: `has more than ${limits.commandsPerActivation} commands` }],
})
