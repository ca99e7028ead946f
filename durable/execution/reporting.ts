/** Reports on their way in, with their tokens checked, and replies on their way out, as text. */
import type { CheckedReport, ReportRequest } from '../../engine/execution/commands.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import type { Reported } from '../../engine/execution/requests.ts'
import type { ReportOutcome } from '../ports.ts'
import { readToken } from './tokens.ts'

/** Reports with their tokens checked. `run` 0 is the latest. */
export const checkReports = (
  request: ReportRequest,
  store: { readonly head: { secret: string; run: number } | undefined },
): CheckedReport[] =>
  request.reports.map(({ token, ...said }) => {
    const { secret = '', run = 0 } = store.head ?? {}
    return { ...said, attempt: readToken(secret, said.run === 0 ? run : said.run, said.id, token).attempt }
  })

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
  // Only the head of the text is ours to read: further on are authors' values.
  reply: reply.replace(/^(\{"at":\d+,"lastSequence":\d+)(,"duplicate":true)?/, '$1,"duplicate":true'),
})
