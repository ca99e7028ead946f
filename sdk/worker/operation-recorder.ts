/** Results of `ctx.run` into the log, and what the log then has back to the run. */
import type { HistoryEvent } from '../../schemas/events.ts'
import type { Report } from '../../schemas/reports.ts'
import { pause } from '../http/retry.ts'
import { ServiceError } from '../http/service-error.ts'
import { macrotask } from '../replay/macrotask.ts'
import type { OperationOutcome, OperationReports, Recorded } from '../replay/operations.ts'
import type { Settled } from './batch.ts'
import { isAnswering, type KeptRun } from './kept-runs.ts'

export interface OperationRecorderHost<Via> {
  post(report: Report, via: Via, settled: (outcome: Settled) => void): void
  /** Events in (after, upTo] of the run. */
  read(kept: KeptRun<Via>, after: number, upTo: number): Promise<HistoryEvent[]>
  refused(kept: KeptRun<Via>): void
  /** Where time is not the real one. */
  pause?(kept: KeptRun<Via>, operationId: string, ms: number, signal: AbortSignal): Promise<void>
  /** A result that the next activation will bring is in the log, and its operation forgotten. */
  recorded(kept: KeptRun<Via>): void
}

export class OperationRecorder<Via> implements OperationReports {
  readonly #host: OperationRecorderHost<Via>
  readonly #kept: KeptRun<Via>
  readonly #work: { id: string; token: string }
  /** The log ends here, as far as this activation has seen and made it. */
  #logEnd: number

  constructor(host: OperationRecorderHost<Via>, kept: KeptRun<Via>, snapshotSequence: number) {
    this.#host = host
    this.#kept = kept
    this.#work = kept.work
    this.#logEnd = snapshotSequence
  }

  report(outcome: OperationOutcome): Promise<Recorded> {
    const { executionId, number, work } = this.#kept
    const { operationId, ...rest } = outcome
    const report: Report = { type: 'operation', executionId, run: number, id: operationId, token: work.token, ...rest }
    return new Promise((resolve, reject) => {
      this.#host.post(report, this.#kept.via, (settled) => {
        this.#recorded(outcome, settled).then(resolve, reject)
      })
    })
  }

  async pause(operationId: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#host.pause !== undefined) return this.#host.pause(this.#kept, operationId, ms, signal)
    await pause(ms, signal).catch(() => undefined)
  }

  async #recorded(outcome: OperationOutcome, { result, reply, reports, results }: Settled): Promise<Recorded> {
    if (!result.ok) {
      const isTaken = result.code === 'stale_attempt' || result.code === 'already_closed' || result.code === 'not_found'
      if (!isTaken && outcome.failure === undefined) return this.report(refusedOutcome(outcome, result))
      this.#host.refused(this.#kept)
      return { status: 'refused' }
    }
    const isHere = isAnswering(this.#kept) && this.#kept.work === this.#work
    if (!isHere || reply === undefined) {
      void macrotask().then(() => this.#host.recorded(this.#kept))
      return { status: 'later' }
    }
    const from = this.#logEnd
    const { lastSequence } = reply
    if (lastSequence <= from) return { status: 'later' }
    const own = ownEvents(reports, results, from, reply.at)
    if (own !== undefined && lastSequence === from + own.length) {
      this.#logEnd = lastSequence
      return { status: 'recorded', from, events: own, lastSequence }
    }
    const after = this.#kept.workflow.position
    let events: HistoryEvent[]
    try {
      events = await this.#host.read(this.#kept, after, lastSequence)
    } catch (error) {
      // Only who holds the work may read its log.
      if (!ServiceError.is(error) || error.code !== 'forbidden') throw error
      this.#host.refused(this.#kept)
      return { status: 'refused' }
    }
    this.#logEnd = Math.max(this.#logEnd, lastSequence)
    return { status: 'recorded', from: after, events, lastSequence }
  }
}

/** The events that these reports have made, if they alone can have made any. */
function ownEvents(
  reports: readonly Report[],
  results: readonly { ok: boolean; duplicate?: boolean | undefined }[],
  from: number,
  at: number,
): HistoryEvent[] | undefined {
  const events: HistoryEvent[] = []
  for (const [index, report] of reports.entries()) {
    const result = results[index]
    if (report.type === 'heartbeat' || report.type === 'frames') continue
    if (report.type !== 'operation' || result?.ok !== true || result.duplicate) return undefined
    const { id: operationId, name, output, failure } = report
    const sequence = from + events.length + 1
    if (failure === undefined) {
      events.push({ sequence, type: 'OPERATION_COMPLETED', at, data: { operationId, name, result: output } })
    } else events.push({ sequence, type: 'OPERATION_FAILED', at, data: { operationId, name, failure } })
  }
  return events
}

/** The service does not take the result, as one too large for it: the code is told so. */
const refusedOutcome = ({ operationId, name }: OperationOutcome, { code, message }: { code: string; message: string }) => ({
  operationId,
  name,
  failure: { type: code, message, nonRetryable: true },
})
