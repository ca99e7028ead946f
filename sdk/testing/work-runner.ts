/**
 * Runs work as a worker does, with a worker's own parts: kept runs and replay, attempts of tasks with their contexts.
 * What they report goes to its execution as a message, or is lost on purpose.
 */
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { reportOf } from '../../engine/intake/work-reports.ts'
import type { Holder } from '../../engine/lease.ts'
import { graceMs } from '../../engine/queue/presence.ts'
import { limits } from '../../schemas/limits.ts'
import type { Report, ReportResult } from '../../schemas/reports.ts'
import type { Activation, TaskWork } from '../../schemas/work.ts'
import type { LogEntry } from '../definition/logger.ts'
import type { AnyTask } from '../definition/task.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import type { ActivationFailure } from '../worker/activation-failure.ts'
import { ActivationWork } from '../worker/activation-work.ts'
import type { Settled } from '../worker/batch.ts'
import { HeldWork } from '../worker/held-work.ts'
import { heldFor, KeptRuns } from '../worker/kept-runs.ts'
import { renewAfterMs } from '../worker/renewal.ts'
import { TaskRuns } from '../worker/task-runs.ts'
import type { Body } from './author-code.ts'
import type { Surroundings } from './surroundings.ts'

export interface RunnerHost {
  readonly holder: Holder
  workflow(kind: string): AnyWorkflow | undefined
  task(kind: string): AnyTask | undefined
  log(entry: LogEntry): void
  /** A slot is free. */
  released(type: 'workflow' | 'task'): void
  /** An activation failed. */
  failed(executionId: string, error: Error): void
}

/** What reports go back over: there is only one way. */
type Via = 'memory'
const via: Via = 'memory'

export class WorkRunner {
  readonly #around: Surroundings
  readonly #host: RunnerHost
  readonly #held = new HeldWork<Via>()
  readonly #kept: KeptRuns<Via>
  readonly #tasks: TaskRuns<Via>
  readonly #activations: ActivationWork<Via>
  /** Attempts and side effects that run, by execution, run and id. */
  readonly #bodies = new Map<string, Body>()
  /** Side effects that go on after the answer to their activation; those between two attempts: time may pass. */
  readonly #out = new Set<string>()
  readonly #pausing = new Set<string>()

  constructor(around: Surroundings, host: RunnerHost) {
    this.#around = around
    this.#host = host
    this.#kept = new KeptRuns<Via>(Number.POSITIVE_INFINITY, (kept) => {
      this.#held.removeAll(heldFor(kept))
      const ofThisRun = keyOf(kept.executionId, kept.number, 'operation-')
      for (const key of [...this.#out]) if (key.startsWith(ofThisRun)) this.#endOperation(key)
    })
    const parts = {
      held: this.#held,
      log: (entry: LogEntry) => host.log(entry),
      post: (report: Report, _: Via, settled: (outcome: Settled) => void) => this.#post(report, settled),
    }
    this.#tasks = new TaskRuns<Via>({
      ...parts,
      task: (kind) => host.task(kind),
      released: () => host.released('task'),
      ended: () => undefined,
    })
    this.#activations = new ActivationWork<Via>({
      ...parts,
      kept: this.#kept,
      workflow: (kind) => host.workflow(kind),
      released: () => host.released('workflow'),
      ended: ({ executionId }, _, error) => error && host.failed(executionId, error),
      read: async ({ executionId, run }, after, upTo) => this.#read(executionId, run, after, upTo),
      pause: (kept, operationId, ms) => this.#pause(keyOf(kept.executionId, kept.number, operationId), ms),
      fail: async (activation, failure) => this.#fail(activation, failure),
    })
  }

  activate(activation: Activation): void {
    if (this.#around.faults.evicts()) this.#forget(activation)
    const end = this.#around.clockwork.code.beginActivation()
    void this.#activations.perform(activation, via).finally(end)
  }

  attempt(work: TaskWork): void {
    const key = keyOf(work.executionId, work.run, work.taskId)
    const body = this.#around.clockwork.code.beginBody()
    this.#bodies.set(key, body)
    void this.#tasks.perform(work, via).finally(() => {
      if (this.#bodies.get(key) === body) this.#bodies.delete(key)
      body.end()
    })
  }

  cancel(asked: { executionId: string; run: number; taskId: string; attempt: number; reason: string }): void {
    this.#tasks.cancel(asked)
  }

  tokensAmong(tokens: readonly string[]): string[] {
    return this.#held.tokensAmong(tokens)
  }

  stop(): void {
    this.#activations.stop()
    this.#tasks.stopAll('the environment was closed')
    this.#kept.clear()
  }

  /** The run is no longer in memory: what comes next replays. */
  #forget({ executionId, run }: Activation): void {
    const kept = this.#kept.find(executionId, run)
    if (kept !== undefined && !kept.isBusy) this.#kept.drop(kept)
  }

  #post(report: Report, settled: (outcome: Settled) => void): void {
    const { clockwork, faults } = this.#around
    const { executionId, run, id, type, token } = report
    this.#follow(report)
    const isDropped = (type === 'task' || type === 'activation') && faults.drops(`${executionId} ${run} ${id}`)
    if (isDropped) {
      const attempt = Number.parseInt(token, 10)
      const { session } = this.#host.holder
      clockwork.after(graceMs, () => this.#around.execution(executionId).lost(run, [{ id, attempt }], session))
      clockwork.send(() => settled(outcome(report, { ok: false, code: 'stale_attempt', message: 'it was lost on purpose' })))
      return
    }
    clockwork.send(() => settled(this.#say(report)))
    if (faults.duplicates()) clockwork.send(() => void this.#say(report))
  }

  #say(report: Report): Settled {
    const execution = this.#around.execution(report.executionId)
    execution.mayBeEvicted()
    const texts = new PayloadText(limits.payloadBytes)
    const said = reportOf(report, texts, report.type)
    if (texts.refusal !== null) return outcome(report, { ok: false, code: texts.refusal.code, message: texts.refusal.message })
    const result = execution.report(said, this.#host.holder)
    const lastSequence = execution.run?.lastSequence
    return outcome(report, result, lastSequence === undefined ? undefined : { at: this.#around.timeline.now, lastSequence })
  }

  #fail({ executionId, run, activationId, token }: Activation, { failure, determinism }: ActivationFailure): void {
    const told = new PayloadText(limits.payloadBytes).failure(failure, 'failure')
    const found = determinism === undefined ? {} : { determinism: JSON.stringify(determinism) }
    const report = { type: 'activation-failed' as const, run, id: activationId, token, failure: told, ...found }
    this.#around.execution(executionId).report(report, this.#host.holder)
  }

  #read(executionId: string, run: number, after: number, upTo: number) {
    const { rows } = this.#around.execution(executionId)
    return rows.history(run, after, upTo)
  }

  /** Which side effects run, and which tasks are alive. */
  #follow(report: Report): void {
    const { executionId, run, id, type, token } = report
    if (type === 'heartbeat') this.#bodies.get(keyOf(executionId, run, id))?.stir()
    if (type === 'operation') this.#endOperation(keyOf(executionId, run, id))
    if (type !== 'activation') return
    for (const { operationId } of report.operationsOut ?? []) {
      const key = keyOf(executionId, run, operationId)
      if (!this.#out.has(key)) this.#renewLater(key, { run, id: operationId, token }, executionId)
      this.#out.add(key)
      if (!this.#pausing.has(key)) this.#beginBody(key)
    }
  }

  /** It is still at it: otherwise it would be taken back. */
  #renewLater(key: string, operation: { run: number; id: string; token: string }, executionId: string): void {
    const { timeline } = this.#around
    timeline.at(timeline.now + renewAfterMs, () => {
      if (!this.#out.has(key)) return
      this.#around.execution(executionId).report({ type: 'heartbeat', ...operation }, this.#host.holder)
      this.#renewLater(key, operation, executionId)
    })
  }

  /** Until then nobody waits for it. */
  #pause(key: string, ms: number): Promise<void> {
    this.#pausing.add(key)
    this.#endBody(key)
    return new Promise((resolve) => {
      this.#around.clockwork.after(ms, () => {
        if (this.#pausing.delete(key) && this.#out.has(key)) this.#beginBody(key)
        resolve()
      })
    })
  }

  #beginBody(key: string): void {
    if (!this.#bodies.has(key)) this.#bodies.set(key, this.#around.clockwork.code.beginBody())
  }

  #endOperation(key: string): void {
    this.#out.delete(key)
    this.#endBody(key)
  }

  #endBody(key: string): void {
    this.#bodies.get(key)?.end()
    this.#bodies.delete(key)
  }
}

const keyOf = (executionId: string, run: number, id: string): string => `${executionId} ${run} ${id}`

const outcome = (report: Report, result: ReportResult, reply?: Settled['reply']): Settled => ({
  result,
  reply,
  reports: [report],
  results: [result],
})
