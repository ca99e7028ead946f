/** One request to `/worker/completions`: what several executions say at once. */
import { closingCommandTypes } from '../../schemas/commands.ts'
import { errorTable, isErrorCode } from '../../schemas/errors.ts'
import type { Accept, Completions, Reply, Report, ReportResult, Then } from '../../schemas/reports.ts'
import type { TaskWork } from '../../schemas/work.ts'
import type { Connection } from './connection.ts'

/** What became of a report, with everything that was said of its execution in the same request. */
export interface Settled {
  result: ReportResult
  /** Absent when the service refused the request or does not know the execution. */
  reply: Reply | undefined
  reports: readonly Report[]
  results: readonly ReportResult[]
}

export interface Posted {
  report: Report
  settled(outcome: Settled): void
}

/** What one execution says in one request. */
export interface Share {
  executionId: string
  via: Connection
  posted: Posted[]
  /** Commands that follow from the reports; told what became of them. */
  foreseen: Foreseen | undefined
}

/** Nothing more is to be expected of the run after this. */
export function endsRun({ posted, foreseen }: Share): boolean {
  const last = posted.at(-1)?.report
  const commands = last?.type === 'activation' ? last.commands : foreseen?.following?.commands
  return closingCommandTypes.has(commands?.at(-1)?.type ?? '')
}

export interface Foreseen {
  /** Absent when the run went on in memory only, to see whether all goes as expected. */
  following: Then | undefined
  settled(reply: Reply | undefined, results: readonly ReportResult[]): void
}

export interface Answered {
  results: ReportResult[]
  executions: Record<string, Reply>
  tasks: TaskWork[]
}

export function completionsOf(shares: readonly Share[], requestId: string, accept: Accept | undefined): Completions {
  const session = shares[0]?.via.session
  const thens = shares.flatMap(({ foreseen }) => foreseen?.following ?? [])
  return {
    requestId,
    ...(session !== undefined && { session }),
    reports: shares.flatMap(({ posted }) => posted.map(({ report }) => report)),
    ...(thens.length > 0 && { then: thens }),
    ...(accept !== undefined && session !== undefined && { accept }),
  }
}

/**
 * Tells everybody what became of theirs: first the reports, then what was foreseen to follow from them.
 *
 * @returns those whose execution could not be asked: they must be said again
 */
export function settleShares(shares: readonly Share[], answer: Answered): Share[] {
  let place = 0
  const unheard: Share[] = []
  for (const share of shares) {
    const { executionId, posted, foreseen } = share
    const results = answer.results.slice(place, place + posted.length)
    place += posted.length
    const reply = answer.executions[executionId]
    if (reply === undefined && results.some(isPassing)) {
      unheard.push(share)
      continue
    }
    const reports = posted.map(({ report }) => report)
    for (const [index, each] of posted.entries()) {
      each.settled({ result: results[index] ?? noAnswer, reply, reports, results })
    }
    foreseen?.settled(reply, results)
  }
  return unheard
}

/** The service broke or was busy, and did not judge. */
const isPassing = (result: ReportResult): boolean =>
  !result.ok && isErrorCode(result.code) && errorTable[result.code].status >= 500

/** The service will not take these: each is told so. */
export function refuseShares(shares: readonly Share[], code: string, message: string): void {
  const result: ReportResult = { ok: false, code, message }
  for (const { posted, foreseen } of shares) {
    const reports = posted.map(({ report }) => report)
    const results = posted.map(() => result)
    for (const each of posted) each.settled({ result, reply: undefined, reports, results })
    foreseen?.settled(undefined, results)
  }
}

const noAnswer: ReportResult = { ok: false, code: 'internal', message: 'the service gave no answer' }

export const isAnswered = (body: unknown): body is Answered =>
  typeof body === 'object' && body !== null && 'results' in body && Array.isArray(body.results) && 'executions' in body
