/**
 * A worker's batch, taken apart by execution and put together again.
 *
 * 1. Every execution is asked once, all at the same time; results are answered in the order of the reports.
 * 2. A report that cannot be taken is refused alone: the others count.
 * 3. What a worker says to follow (`then`) is not passed on when a report that it follows from was refused here.
 * 4. Offered credits are divided between the executions, so that never more comes back than was offered.
 */

import type { Answer } from '../engine/answer.ts'
import type { ReportRequest, WorkReport } from '../engine/execution/commands.ts'
import type { ReportAnswer } from '../engine/execution/requests.ts'
import { PayloadText } from '../engine/intake/payload-text.ts'
import { speculationOf, tooManyCommands } from '../engine/intake/work-commands.ts'
import { reportOf } from '../engine/intake/work-reports.ts'
import type { Refusal } from '../schemas/errors.ts'
import { limits } from '../schemas/limits.ts'
import type { Accept, Completions } from '../schemas/reports.ts'
import type { ReportOutcome, Text } from './ports.ts'

interface Share {
  executionId: string
  request: ReportRequest
  /** Places of its reports in the batch. */
  places: number[]
}

export interface Batch {
  shares: Share[]
  results: ReportAnswer[]
}

/** Sorted by execution; what is too large has its result already. */
export function splitBatch(batch: Completions, payloadBytes: number): Batch | Refusal {
  const shares = new Map<string, Share>()
  const results: ReportAnswer[] = []
  const refused = new Set<string>()
  const shareOf = (executionId: string): Share => {
    const share = shares.get(executionId) ?? { executionId, request: { reports: [] }, places: [] }
    shares.set(executionId, share)
    return share
  }
  for (const [place, report] of batch.reports.entries()) {
    const texts = new PayloadText(payloadBytes)
    const converted = reportOf(report, texts, `reports.${place}`)
    const refusal = texts.refusal ?? commandsRefusal(converted, `reports.${place}.commands`)
    if (refusal !== null) {
      results[place] = { ok: false, code: refusal.code, message: refusal.message }
      refused.add(report.executionId)
      continue
    }
    const share = shareOf(report.executionId)
    share.request.reports.push(converted)
    share.places.push(place)
  }
  for (const [index, then] of (batch.then ?? []).entries()) {
    if (refused.has(then.executionId)) continue
    const texts = new PayloadText(payloadBytes)
    const speculation = speculationOf(then, texts, `then.${index}`)
    if (texts.refusal) return texts.refusal
    const share = shareOf(then.executionId)
    if (share.request.then !== undefined) {
      const errors = [{ path: `then.${index}`, message: 'this execution has one already' }]
      return { code: 'invalid_request', message: 'one `then` for each execution', errors }
    }
    share.request.then = speculation
  }
  return { shares: carry([...shares.values()], batch), results }
}

const commandsRefusal = (report: WorkReport, path: string): Refusal | null =>
  report.type === 'activation' && report.commands.length > limits.commandsPerActivation ? tooManyCommands(path) : null

function carry(shares: Share[], { session, requestId, accept }: Completions): Share[] {
  return shares.map((share, index) => ({
    ...share,
    request: {
      ...share.request,
      requestId,
      ...(session !== undefined && { session }),
      ...(accept !== undefined && { accept: portion(accept, index, shares.length) }),
    },
  }))
}

const portion = (accept: Accept, index: number, of: number): Accept => ({
  ...accept,
  workflow: shareOfCredit(accept.workflow, index, of),
  task: shareOfCredit(accept.task, index, of),
})

const shareOfCredit = (credit: number, index: number, of: number): number =>
  Math.floor(credit / of) + (index < credit % of ? 1 : 0)

/** Asks every execution, and answers the `Text` of `completionsAnswer`. */
export async function sendBatch(
  { shares, results }: Batch,
  ask: (executionId: string, request: ReportRequest) => Promise<Answer<ReportOutcome>>,
): Promise<Text> {
  const executions: string[] = []
  await Promise.all(
    shares.map(async ({ executionId, request, places }) => {
      const answer = await ask(executionId, request)
      if (answer.ok) executions.push(`${JSON.stringify(executionId)}:${answer.value.reply}`)
      for (const [index, place] of places.entries()) {
        results[place] = answer.ok ? shownResult(answer.value.results[index]) : refusedResult(answer.refusal)
      }
    }),
  )
  return `{"results":${JSON.stringify(results)},"executions":{${executions.join(',')}},"tasks":[]}`
}

const refusedResult = ({ code, message }: Refusal): ReportAnswer => ({ ok: false, code, message })

function shownResult(result: ReportAnswer | undefined): ReportAnswer {
  if (result === undefined) return { ok: false, code: 'internal', message: 'the execution gave no answer' }
  if (!result.ok) return { ok: false, code: result.code, message: result.message }
  return result.duplicate ? { ok: true, duplicate: true } : { ok: true }
}
