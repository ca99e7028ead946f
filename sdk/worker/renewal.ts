/** Says of activations and side effects that take long that they are still at it. */
import type { Report } from '../../schemas/reports.ts'
import type { Settled } from './batch.ts'
import type { Connection } from './connection.ts'
import { isAnswering, type KeptRun, type KeptRuns } from './kept-runs.ts'

/** Who is at it for longer says so. */
export const renewAfterMs = 10_000

export interface RenewalHost {
  readonly kept: KeptRuns
  post(report: Report, via: Connection, settled: (outcome: Settled) => void): void
}

export class Renewal {
  readonly #host: RenewalHost
  readonly #since = new Map<KeptRun, { work: KeptRun['work']; at: number }>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(host: RenewalHost) {
    this.#host = host
  }

  start(): void {
    this.#timer = setInterval(() => this.#renew(performance.now()), renewAfterMs / 2)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #renew(now: number): void {
    for (const kept of this.#since.keys()) if (!this.#host.kept.has(kept)) this.#since.delete(kept)
    for (const kept of this.#host.kept) {
      if (!isAnswering(kept) && !kept.workflow.hasOperations) this.#since.delete(kept)
      else if (this.#since.get(kept)?.work !== kept.work) this.#since.set(kept, { work: kept.work, at: now })
      else if (now - (this.#since.get(kept)?.at ?? now) >= renewAfterMs / 2) this.#beat(kept)
    }
  }

  #beat(kept: KeptRun): void {
    const { executionId, number: run, via, work } = kept
    const ids = isAnswering(kept) ? [work.id] : kept.workflow.operationsOut().map(({ operationId }) => operationId)
    for (const id of ids) {
      this.#host.post({ type: 'heartbeat', executionId, run, id, token: work.token }, via, ({ result }) => {
        if (!result.ok && kept.work === work && this.#host.kept.has(kept)) this.#host.kept.drop(kept)
      })
    }
  }
}
