/** One worker's request: its reports one by one, what it already knows to follow, and the work that it may take back. */
import type { ErrorCode } from '../../schemas/errors.ts'
import { followFlow } from '../flow/advance.ts'
import type { Holder } from '../lease.ts'
import { takeSpeculation } from './activation-answer.ts'
import type { CheckedReport, ReportRequest } from './commands.ts'
import type { Draft } from './draft.ts'
import { carry } from './hand-out.ts'
import type { Parcel } from './parcel.ts'
import { report } from './report.ts'

/** What a report is answered. */
export type ReportAnswer =
  | { ok: true; duplicate?: boolean; cancelRequested?: boolean }
  | { ok: false; code: ErrorCode; message: string }

export interface Reported {
  results: ReportAnswer[]
  parcels: Parcel[]
  speculation?: 'taken' | 'dropped'
}

export function takeReports(
  draft: Draft,
  reports: CheckedReport[],
  request: ReportRequest,
  holder: Holder | undefined,
): Reported {
  const before = draft.run.lastSequence
  const results = reports.map((said): ReportAnswer => {
    const answer = report(draft, said, holder)
    followFlow(draft)
    return answer.ok ? { ok: true, ...answer.value } : { ok: false, code: answer.refusal.code, message: answer.refusal.message }
  })
  const reported: Reported = { results, parcels: [] }
  if (request.then !== undefined) {
    // The reports are also what proves that the worker holds work of this run.
    const allNew = results.length > 0 && results.every((result) => result.ok && result.duplicate !== true)
    const isThisRun = request.then.run === draft.run.number
    const taken =
      allNew &&
      isThisRun &&
      takeSpeculation(draft, { ...request.then, reports: draft.run.lastSequence - before }, holder?.session)
    reported.speculation = taken ? 'taken' : 'dropped'
  }
  // A refused answer goes back without work: what it would carry would be lost.
  const isTaken = results.length === 0 || results.some((result) => result.ok)
  if (isTaken && request.accept !== undefined && holder !== undefined) reported.parcels = carry(draft, request.accept, holder)
  return reported
}
