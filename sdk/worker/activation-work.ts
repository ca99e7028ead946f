/**
 * Advances runs: kept ones with what is new, others from their first event, and answers.
 *
 * 1. A run that is not certain to be where the service thinks it is, is dropped: the log says everything.
 * 2. A log that cannot be read to the end of the activation fails the activation.
 * 3. What is given again while its answer is under way waits for that: the answer may have been the last act of an
 *    execution that has restarted since and knows nothing of it.
 */
import type { HistoryEvent } from '../../schemas/events.ts'
import type { Report } from '../../schemas/reports.ts'
import type { Activation } from '../../schemas/work.ts'
import type { LogEntry } from '../definition/logger.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { DeterminismError } from '../failures/determinism-error.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { ServiceError } from '../http/service-error.ts'
import { type ActivationAnswer, WorkflowRun } from '../replay/workflow-run.ts'
import { type ActivationFailure, closingFailure, explained, wireFailure } from './activation-failure.ts'
import { attemptOf } from './attempt.ts'
import type { Settled } from './batch.ts'
import { blockLength } from './block.ts'
import type { Connection } from './connection.ts'
import type { HeldWork } from './held-work.ts'
import type { WorkInHand } from './history-reader.ts'
import { isAnswering, type KeptRun, type KeptRuns } from './kept-runs.ts'
import { OperationRecorder } from './operation-recorder.ts'
import { Postponed } from './postponed.ts'

/** `Via` is what work comes over, and its reports go back. */
export interface ActivationHost<Via> {
  readonly held: HeldWork<Via>
  readonly kept: KeptRuns<Via>
  workflow(kind: string): AnyWorkflow | undefined
  log(entry: LogEntry): void
  post(report: Report, via: Via, settled: (outcome: Settled) => void): void
  /** Events in (after, upTo], in the name of work that is held. */
  read(work: WorkInHand, after: number, upTo: number, signal: AbortSignal): Promise<HistoryEvent[]>
  /** Between two attempts of a side effect, where time is not the real one. */
  pause?(kept: KeptRun<Via>, operationId: string, ms: number, signal: AbortSignal): Promise<void>
  /** Tells that it could not be advanced; settles when that has been heard, or never will be. */
  fail(activation: Activation, failure: ActivationFailure, signal: AbortSignal, via: Via): Promise<void>
  /** The slot is free. */
  released(): void
  ended(activation: Activation, outcome: 'ANSWERED' | 'FAILED', error?: Error): void
}

export class ActivationWork<Via = Connection> {
  readonly #host: ActivationHost<Via>
  readonly #stopped = new AbortController()
  readonly #postponed: Postponed<Via>
  replays = 0

  constructor(host: ActivationHost<Via>) {
    this.#host = host
    this.#postponed = new Postponed(() => host.released())
  }

  stop(): void {
    this.#stopped.abort()
  }

  async perform(activation: Activation, via: Via): Promise<void> {
    if (this.#isUnderWay(activation)) return this.#postponed.put(activation, via)
    if (this.#isPast(activation)) return this.#host.released()
    try {
      const kept = this.#keptFor(activation)
      this.#host.held.add(inFlight(activation), via)
      const advanced = (kept && (await this.#advanceKept(kept, activation, via))) ?? (await this.#advanceNew(activation, via))
      this.#answer(advanced.kept, activation, advanced.answer)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#drop(activation)
      if (isTakenAway(error)) this.#end(activation)
      else if (DeterminismError.is(error) && !this.#blocks(activation)) this.#close(activation, via, error)
      else await this.#fail(activation, via, error)
    }
  }

  /** It is being answered. */
  #isUnderWay({ executionId, run, activationId, token }: Activation): boolean {
    const kept = this.#host.kept.find(executionId, run)
    return kept !== undefined && isAnswering(kept) && kept.work.id === activationId && kept.work.token === token
  }

  /** It was answered long ago, and comes late. What the run does meanwhile goes on. */
  #isPast({ executionId, run, token, snapshotSequence }: Activation): boolean {
    const kept = this.#host.kept.find(executionId, run)
    return kept !== undefined && attemptOf(token) <= attemptOf(kept.work.token) && snapshotSequence < kept.known
  }

  /** The run in memory, if it is idle and has what comes before the events of this activation. */
  #keptFor(activation: Activation): KeptRun<Via> | undefined {
    const kept = this.#host.kept.find(activation.executionId, activation.run)
    if (kept === undefined) return undefined
    const isThis = kept.startedAt === activation.info.startedAt
    const isUsable = !kept.isBusy && kept.known >= activation.from && kept.workflow.position <= activation.snapshotSequence
    if (isThis && isUsable) return kept
    this.#host.kept.drop(kept)
    return undefined
  }

  async #advanceKept(kept: KeptRun<Via>, activation: Activation, via: Via) {
    kept.isBusy = true
    kept.via = via
    kept.work = { id: activation.activationId, token: activation.token }
    try {
      return { kept, answer: await this.#advance(kept, activation, activation.from) }
    } catch (error) {
      this.#host.kept.drop(kept)
      // What a run in memory could not do, the log decides.
      if (isTakenAway(error) || this.#stopped.signal.aborted) throw error
      return undefined
    }
  }

  async #advanceNew(activation: Activation, via: Via) {
    const definition = this.#host.workflow(activation.kind)
    if (definition === undefined) {
      throw new PerdureError(`this worker has no workflow ${activation.kind}`, { code: 'no_handler' })
    }
    this.replays += 1
    const { executionId, run } = activation
    const kept: KeptRun<Via> = {
      executionId,
      number: run,
      startedAt: activation.info.startedAt,
      workflow: new WorkflowRun(definition, { executionId, run }, (entry) => this.#host.log(entry)),
      via,
      work: { id: activation.activationId, token: activation.token },
      leftRunning: undefined,
      known: 0,
      end: undefined,
      isBusy: true,
      isForeseeing: false,
    }
    this.#host.kept.put(kept)
    this.#host.held.add(inFlight(activation), via)
    return { kept, answer: await this.#advance(kept, activation, 0) }
  }

  async #advance(kept: KeptRun<Via>, activation: Activation, from: number): Promise<ActivationAnswer> {
    const { snapshotSequence, activationAt } = activation
    const events = await this.#events(kept, activation, from)
    return kept.workflow.advance({ from, events, snapshotSequence, activationAt }, this.#recorder(kept, snapshotSequence))
  }

  /** All that is after `from`: what came with the activation, and what did not. */
  async #events(kept: KeptRun<Via>, { events, from: sentFrom, snapshotSequence, more }: Activation, from: number) {
    const before = sentFrom > from ? await this.#read(kept, from, sentFrom) : []
    const last = events.at(-1)?.sequence ?? sentFrom
    const after = more ? await this.#read(kept, last, snapshotSequence) : []
    return before.length === 0 && after.length === 0 ? events : [...before, ...events, ...after]
  }

  #recorder(kept: KeptRun<Via>, snapshotSequence: number): OperationRecorder<Via> {
    const host = {
      post: this.#host.post,
      ...(this.#host.pause !== undefined && { pause: this.#host.pause }),
      read: (of: KeptRun<Via>, after: number, upTo: number) => this.#read(of, after, upTo),
      refused: (of: KeptRun<Via>) => {
        if (!of.isBusy) this.#host.kept.drop(of)
      },
      recorded: (of: KeptRun<Via>) => this.#relieve(of),
    }
    return new OperationRecorder(host, kept, snapshotSequence)
  }

  /** The last of the side effects that went on after an answer has ended. */
  #relieve(kept: KeptRun<Via>): void {
    if (!kept.isBusy && !kept.workflow.hasOperations) this.#leave(kept, undefined)
  }

  /** What is left running is held under the activation that was answered last; nothing else is, any more. */
  #leave(kept: KeptRun<Via>, work: KeptRun<Via>['leftRunning']): void {
    const { leftRunning, executionId, number: run } = kept
    kept.leftRunning = work
    if (leftRunning !== undefined && leftRunning.token !== work?.token)
      this.#host.held.remove({ executionId, run, ...leftRunning })
  }

  #read(kept: KeptRun<Via>, after: number, upTo: number) {
    const { executionId, number, work } = kept
    return this.#host.read({ executionId, run: number, ...work }, after, upTo, this.#stopped.signal)
  }

  #answer(kept: KeptRun<Via>, activation: Activation, answer: ActivationAnswer): void {
    const { executionId, run, activationId, token } = activation
    const { snapshotSequence, activationAt, commands, observed, awaiting, operationsOut } = answer
    const report: Report = {
      type: 'activation',
      executionId,
      run,
      id: activationId,
      token,
      snapshotSequence,
      activationAt,
      commands,
      observed,
      ...(awaiting.length > 0 && { awaiting }),
      ...(operationsOut.length > 0 && { operationsOut }),
    }
    this.#host.released()
    this.#host.post(report, kept.via, (settled) => {
      const { result } = settled
      if (result.ok) this.#taken(kept, activation, answer, settled)
      else {
        this.#drop(activation)
        if (isGone(result.code)) this.#host.held.remove(inFlight(activation))
        else return void this.#fail(activation, kept.via, refusal(result), true)
      }
      if (result.ok && kept.workflow.isFinished) return this.#postponed.forget(activation)
      const again = this.#postponed.take(activation)
      if (again !== undefined) void this.perform(again.activation, again.via)
    })
  }

  #taken(kept: KeptRun<Via>, activation: Activation, answer: ActivationAnswer, { reply, reports }: Settled): void {
    kept.isBusy = false
    const goesOn = answer.operationsOut.length > 0 && kept.workflow.hasOperations
    this.#leave(kept, goesOn ? { id: activation.activationId, token: activation.token } : undefined)
    if (!goesOn) this.#host.held.remove(inFlight(activation))
    this.#host.ended(activation, 'ANSWERED')
    if (kept.workflow.isFinished || reply === undefined) return this.#host.kept.drop(kept)
    kept.known = reply.lastSequence
    kept.end = reports.length === 1 && reply.lastSequence === expectedEnd(answer) ? reply.lastSequence : undefined
    this.#host.kept.trim()
  }

  #drop({ executionId, run }: Activation): void {
    const kept = this.#host.kept.find(executionId, run)
    if (kept !== undefined) this.#host.kept.drop(kept)
  }

  #end(activation: Activation): void {
    this.#host.held.remove(inFlight(activation))
    this.#host.released()
    this.#postponed.forget(activation)
  }

  #blocks({ kind }: Activation): boolean {
    return this.#host.workflow(kind)?.onDeterminismError !== 'fail'
  }

  /** The workflow is to fail where its code does not fit the log. */
  #close(activation: Activation, via: Via, error: DeterminismError): void {
    const { executionId, run, activationId, token, snapshotSequence } = activation
    const commands = [{ type: 'FAIL_WORKFLOW' as const, failure: closingFailure(error) }]
    const report: Report = { type: 'activation', executionId, run, id: activationId, token, snapshotSequence, commands }
    this.#host.released()
    this.#host.post(report, via, ({ result }) => {
      if (!result.ok && !isGone(result.code)) void this.#fail(activation, via, refusal(result), true)
      else {
        this.#host.held.remove(inFlight(activation))
        this.#host.ended(activation, 'FAILED', explained(error, activation, false))
        this.#postponed.forget(activation)
      }
    })
  }

  async #fail(activation: Activation, via: Via, error: unknown, isReleased = false): Promise<void> {
    const { executionId, run, activationId } = activation
    const cause = error instanceof Error ? error : new Error(String(error))
    this.#host.log({
      level: 'error',
      message: `the activation failed: ${cause.message}`,
      fields: { activationId },
      executionId,
      run,
    })
    await this.#host.fail(activation, wireFailure(cause), this.#stopped.signal, via)
    this.#host.ended(activation, 'FAILED', explained(cause, activation, true))
    this.#host.held.remove(inFlight(activation))
    if (!isReleased) this.#host.released()
    this.#postponed.forget(activation)
  }
}

const inFlight = ({ executionId, run, activationId, token }: Activation) => ({ executionId, run, id: activationId, token })

/** An idle answer appends nothing. */
function expectedEnd({ snapshotSequence, commands, observed, operationsOut }: ActivationAnswer): number | undefined {
  if (operationsOut.length > 0) return undefined
  if (commands.length === 0 && !observed) return snapshotSequence
  const length = blockLength(commands)
  return length && snapshotSequence + length
}

const gone = new Set(['stale_attempt', 'already_closed', 'superseded', 'not_found'])
const isGone = (code: string): boolean => gone.has(code)
const refusal = ({ code, message }: { code: string; message: string }) =>
  new PerdureError(`the answer was refused: ${message}`, { code })
const isTakenAway = (error: unknown): boolean =>
  PerdureError.is(error) && !ServiceError.is(error) && error.code === 'stale_attempt'
