/**
 * What follows from task results that are about to be reported: the run goes on before the service has them, and its
 * commands go with them. It pays when nobody else can come between: all open tasks of the run are in this worker.
 */
import type { HistoryEvent } from '../../schemas/events.ts'
import type { Reply, Report, ReportResult } from '../../schemas/reports.ts'
import { attemptOf } from './attempt.ts'
import type { Foreseen } from './batch.ts'
import { blockLength } from './block.ts'
import type { KeptRun, KeptRuns } from './kept-runs.ts'
import type { ServerClock } from './server-clock.ts'

type TaskReport = Extract<Report, { type: 'task' }>

export class Speculation {
  readonly #kept: KeptRuns
  readonly #clock: ServerClock
  readonly #hasTask: (executionId: string, run: number, taskId: string) => boolean
  taken = 0
  dropped = 0

  constructor(kept: KeptRuns, clock: ServerClock, hasTask: (executionId: string, run: number, taskId: string) => boolean) {
    this.#kept = kept
    this.#clock = clock
    this.#hasTask = hasTask
  }

  async foresee(executionId: string, reports: readonly Report[]): Promise<Foreseen | undefined> {
    // What tasks show beside their results changes nothing.
    const said = reports.filter(({ type }) => type !== 'frames')
    const results = said.filter(isResult)
    const [first] = results
    const now = this.#clock.now()
    if (first === undefined || results.length !== said.length || now === undefined) return undefined
    const kept = this.#kept.find(executionId, first.run)
    if (kept?.end === undefined || kept.isBusy || kept.workflow.hasOperations) return undefined
    for (const taskId of kept.workflow.openTasks()) {
      if (!this.#hasTask(executionId, first.run, taskId)) return undefined
    }
    return this.#goOn(kept, kept.end, results, now)
  }

  async #goOn(kept: KeptRun, end: number, results: readonly TaskReport[], now: number): Promise<Foreseen | undefined> {
    kept.isBusy = true
    kept.isForeseeing = true
    let isSpeakable: boolean
    try {
      isSpeakable = await kept.workflow.foresee(eventsOf(results, end, now), end, now)
    } catch {
      // The activation that follows will meet the same, and say it.
      this.#kept.drop(kept)
      return undefined
    }
    const reached = end + results.length
    if (!isSpeakable) {
      return { following: undefined, settled: (reply, answers) => this.#landed(kept, reached, undefined, reply, answers) }
    }
    const { commands, activationAt, awaiting } = kept.workflow.answer()
    const length = commands.length === 0 ? 0 : blockLength(commands)
    const said = { basedOn: end, activationAt, commands, ...(awaiting.length > 0 && { awaiting }) }
    return {
      following: { executionId: kept.executionId, run: kept.number, ...said },
      settled: (reply, answers) => {
        const isTaken = reply?.then === 'taken'
        if (isTaken) this.taken += 1
        else this.dropped += 1
        this.#landed(kept, reached + (length ?? 0), length !== undefined, isTaken ? reply : undefined, answers)
      },
    }
  }

  /** All went as expected, or the run in memory is wrong. `isPlain` undefined: nothing was said of what follows. */
  #landed(
    kept: KeptRun,
    expected: number,
    isPlain: boolean | undefined,
    reply: Reply | undefined,
    results: readonly ReportResult[],
  ): void {
    const isAccepted = reply !== undefined && results.every(({ ok }) => ok)
    const isExpected = isPlain === undefined ? reply?.lastSequence === expected : true
    if (!isAccepted || !isExpected || kept.workflow.isFinished) return this.#kept.drop(kept)
    kept.isBusy = false
    kept.isForeseeing = false
    kept.known = reply.lastSequence
    kept.end = isPlain && reply.lastSequence === expected ? expected : undefined
  }
}

const isResult = (report: Report): report is TaskReport => report.type === 'task' && report.failure === undefined

const eventsOf = (results: readonly TaskReport[], end: number, at: number): HistoryEvent[] =>
  results.map((report, index) => ({
    sequence: end + index + 1,
    type: 'TASK_COMPLETED',
    at,
    data: { taskId: report.id, attempt: attemptOf(report.token), output: report.output },
  }))
