/** One worker's request to one execution: its reports, what it already knows to follow, and the work that it may take back. */
import { takeSpeculation } from '../../engine/execution/activation-answer.ts'
import type { CheckedReport, ReportRequest } from '../../engine/execution/commands.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import { carry, type Parcel } from '../../engine/execution/hand-out.ts'
import { report } from '../../engine/execution/report.ts'
import type { Holder } from '../../engine/lease.ts'
import type { ReportAnswer, ReportOutcome } from '../ports.ts'
import type { ExecutionStore } from './store.ts'
import { attemptOf } from './tokens.ts'

export interface Reported {
  results: ReportAnswer[]
  parcels: Parcel[]
  speculation?: 'taken' | 'dropped'
}

/** Reports with their tokens checked. `run` 0 is the latest. */
export const checkReports = (request: ReportRequest, store: ExecutionStore): CheckedReport[] =>
  request.reports.map(({ token, ...said }) => {
    const { secret = '', run = 0 } = store.head ?? {}
    return { ...said, attempt: attemptOf(secret, said.run === 0 ? run : said.run, said.id, token) }
  })

export function takeReports(
  draft: Draft,
  reports: CheckedReport[],
  request: ReportRequest,
  holder: Holder | undefined,
): Reported {
  const before = draft.run.lastSequence
  const results = reports.map((said): ReportAnswer => {
    const answer = report(draft, said, holder)
    return answer.ok ? { ok: true, ...answer.value } : { ok: false, code: answer.refusal.code, message: answer.refusal.message }
  })
  const reported: Reported = { results, parcels: [] }
  if (request.then !== undefined) {
    const allNew = results.every((result) => result.ok && result.duplicate !== true)
    const isThisRun = request.then.run === draft.run.number
    const taken =
      allNew &&
      isThisRun &&
      takeSpeculation(draft, { ...request.then, reports: draft.run.lastSequence - before }, holder?.session)
    reported.speculation = taken ? 'taken' : 'dropped'
  }
  if (request.accept !== undefined && holder !== undefined) reported.parcels = carry(draft, request.accept, holder)
  return reported
}

/** The reply as text, with the carried work read from the log. */
export function outcomeOf(
  reported: Reported,
  now: number,
  lastSequence: number,
  read: (parcel: Parcel) => string | undefined,
): ReportOutcome {
  const { results, parcels, speculation } = reported
  const bodies = parcels.map((parcel) => ({ type: parcel.type, body: read(parcel) }))
  const activation = bodies.find(({ type }) => type === 'activation')?.body
  const tasks = bodies.filter(({ type, body }) => type === 'task' && body !== undefined)
  const isRepeat = results.length > 0 && results.every((result) => result.ok && result.duplicate === true)
  const isCancelled = results.some((result) => result.ok && result.cancelRequested === true)
  const reply = [
    `{"at":${now},"lastSequence":${lastSequence}`,
    isRepeat ? ',"duplicate":true' : '',
    speculation === undefined ? '' : `,"then":"${speculation}"`,
    isCancelled ? ',"cancelRequested":true' : '',
    activation === undefined ? '' : `,"activation":${activation}`,
    tasks.length === 0 ? '' : `,"tasks":[${tasks.map(({ body }) => body).join(',')}]`,
    '}',
  ].join('')
  return { results, reply }
}

/** The same answer again, for a request that was answered before. */
export const repeated = ({ results, reply }: ReportOutcome): ReportOutcome => ({
  results: results.map((result) => (result.ok ? { ...result, duplicate: true } : result)),
  reply: reply.includes('"duplicate":true') ? reply : reply.replace(/("lastSequence":\d+)/, '$1,"duplicate":true'),
})
