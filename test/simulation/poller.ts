/**
 * A worker without a socket: it asks for work, does it with the parts of the SDK's worker, and answers one report at a
 * time. What it was given is leased for 30 seconds and renewed by heartbeats; it is asked for nothing and told nothing.
 */
import type { Reply, Report, ReportResult } from '../../schemas/reports.ts'
import type { Activation, TaskWork } from '../../schemas/work.ts'
import { pause, retrying } from '../../sdk/http/retry.ts'
import { Service } from '../../sdk/http/service.ts'
import { ServiceError } from '../../sdk/http/service-error.ts'
import { sendFailure } from '../../sdk/worker/activation-failure.ts'
import { ActivationWork } from '../../sdk/worker/activation-work.ts'
import type { Settled } from '../../sdk/worker/batch.ts'
import { HeldWork } from '../../sdk/worker/held-work.ts'
import { readHistory } from '../../sdk/worker/history-reader.ts'
import { heldFor, KeptRuns } from '../../sdk/worker/kept-runs.ts'
import { TaskRuns } from '../../sdk/worker/task-runs.ts'
import type { WorkerOptions } from '../../sdk/worker/worker-options.ts'

const waitMs = 2_000
const beatEveryMs = 8_000
const patience = { firstMs: 50, longestMs: 5_000 }
const ignore = (): void => undefined

interface Answered {
  results: ReportResult[]
  executions: Record<string, Reply>
}

export class Poller {
  readonly metrics = { tasks: 0, activations: 0 }
  readonly #options: WorkerOptions
  readonly #partitions: number
  readonly #service: Service
  readonly #held = new HeldWork<null>()
  readonly #kept: KeptRuns<null>
  readonly #tasks: TaskRuns<null>
  readonly #activations: ActivationWork<null>
  readonly #beating = new Map<string, ReturnType<typeof setInterval>>()
  readonly #stopped = new AbortController()

  constructor(options: WorkerOptions, partitions: number) {
    this.#options = options
    this.#partitions = partitions
    const service = new Service(options)
    this.#service = service
    const { workflows = [], tasks = [] } = options
    const held = this.#held
    this.#kept = new KeptRuns<null>(100, (kept) => held.removeAll(heldFor(kept)))
    const parts = { held, log: ignore, post: (report: Report, _: null, settled: Settle) => void this.#say(report, settled) }
    this.#tasks = new TaskRuns<null>({
      ...parts,
      task: (kind) => tasks.find(({ name }) => name === kind),
      released: () => {
        this.metrics.tasks -= 1
      },
      ended: ignore,
    })
    this.#activations = new ActivationWork<null>({
      ...parts,
      kept: this.#kept,
      workflow: (kind) => workflows.find(({ name }) => name === kind),
      released: () => {
        this.metrics.activations -= 1
      },
      ended: ignore,
      read: (work, after, upTo, signal) => readHistory(service, work, after, upTo, signal),
      fail: (activation, failure, signal) => sendFailure(service, activation, failure, signal),
    })
  }

  async run(): Promise<void> {
    const beats = setInterval(() => this.#renewRuns(), beatEveryMs)
    for (let round = 0; !this.#stopped.signal.aborted; round += 1) {
      await this.#poll(round % this.#partitions).catch(() => pause(500, this.#stopped.signal).catch(ignore))
    }
    clearInterval(beats)
  }

  stop(): void {
    this.#stopped.abort()
    this.#activations.stop()
    this.#tasks.stopAll('the worker stops')
    for (const timer of this.#beating.values()) clearInterval(timer)
  }

  async #poll(partition: number): Promise<void> {
    const { workerId, workflows = [], tasks = [], slots } = this.#options
    const accept = {
      workflow: workflows.length === 0 ? 0 : (slots?.workflow ?? 0) - this.metrics.activations,
      task: tasks.length === 0 ? 0 : (slots?.task ?? 0) - this.metrics.tasks,
    }
    if (accept.workflow + accept.task === 0) return pause(100, this.#stopped.signal)
    const kinds = { workflows: workflows.map(({ name }) => name), tasks: tasks.map(({ name }) => name) }
    const { body } = await this.#service.send({
      method: 'POST',
      path: `/queues/default/poll?partition=${partition}`,
      body: { workerId, ...kinds, accept, waitMs },
      signal: this.#stopped.signal,
    })
    const given = body as { activations: Activation[]; tasks: TaskWork[] }
    this.metrics.activations += given.activations.length
    this.metrics.tasks += given.tasks.length
    for (const activation of given.activations) void this.#activations.perform(activation, null)
    for (const work of given.tasks) this.#begin(work)
  }

  #begin(work: TaskWork): void {
    const { executionId, run, taskId: id, token } = work
    const key = `${executionId} ${token}`
    const beat = () => this.#say({ type: 'heartbeat', executionId, run, id, token }, ignore)
    if (!this.#beating.has(key)) this.#beating.set(key, setInterval(beat, beatEveryMs))
    void this.#tasks.perform(work, null)
  }

  /** Activations that take long, and side effects that go on. */
  #renewRuns(): void {
    for (const { executionId, number: run, isBusy, work, workflow } of this.#kept) {
      const ids = isBusy ? [work.id] : workflow.operationsOut().map(({ operationId }) => operationId)
      for (const id of ids) void this.#say({ type: 'heartbeat', executionId, run, id, token: work.token }, ignore)
    }
  }

  /** Until it is heard. */
  async #say(report: Report, settled: Settle): Promise<void> {
    const { signal } = this.#stopped
    const body = { requestId: crypto.randomUUID(), reports: [report] }
    const ask = async (): Promise<Answered> => {
      const answer = await this.#service.send({ method: 'POST', path: '/worker/completions', body, signal })
      const answered = answer.body as Answered
      const [result] = answered.results
      if (result?.ok === false && result.code === 'internal')
        throw new ServiceError('it was not judged', { code: 'internal', status: 500 })
      return answered
    }
    if (report.type === 'task') this.#endBeats(report)
    const isPassing = () => report.type !== 'heartbeat'
    await retrying(ask, { ...patience, signal }, isPassing).then(({ results: [result], executions }) => {
      if (result === undefined) throw new Error('a report was not answered')
      settled({ result, reply: executions[report.executionId], reports: [report], results: [result] })
    }, ignore)
  }

  #endBeats({ executionId, token }: Report): void {
    const key = `${executionId} ${token}`
    clearInterval(this.#beating.get(key))
    this.#beating.delete(key)
  }
}

type Settle = (outcome: Settled) => void
