/**
 * A run of a workflow in memory: the author's function, advanced by events, answering with commands. It needs no
 * network, and may be kept from one activation to the next or built anew from the whole log.
 *
 * 1. One event at a time: settle what it settles, let every microtask run, then the next. So a kept run and a replay
 *    see the same order, whatever the edges of the batches were.
 * 2. Activations in the log are lived through again with their own time and their own events; only then comes the new one.
 * 3. Whoever drives it drops it after an error, and after an answer that was not taken.
 */
import type { Command } from '../../schemas/commands.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import type { LogEntry } from '../definition/logger.ts'
import { checkInput } from '../definition/schema.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { toWire } from '../failures/wire.ts'
import { decode } from '../values/decode.ts'
import { encodePayload } from '../values/payload.ts'
import { makeContext } from './calls.ts'
import { deliver } from './deliver.ts'
import { installGlobals } from './globals.ts'
import type { Closing } from './log-book.ts'
import { macrotask } from './macrotask.ts'
import type { OperationReports } from './operations.ts'
import { RunState } from './run-state.ts'
import { runIn, type WorkflowScope } from './scope.ts'
import { generator } from './seed.ts'
import { openResources } from './stray.ts'

/** What a worker is given, as far as replay needs it: events with sequence > `from`, up to `snapshotSequence`. */
export interface ActivationInput {
  from: number
  events: readonly HistoryEvent[]
  snapshotSequence: number
  activationAt: number
}

/** What a worker answers. */
export interface ActivationAnswer {
  snapshotSequence: number
  activationAt: number
  commands: Command[]
  observed: boolean
  operationsOut: { operationId: string; name: string }[]
}

export interface RunIdentity {
  executionId: string
  run: number
}

/** Code that is quiet while side effects run waits so long for them before it is answered. */
const operationWaitMs = 20

export class WorkflowRun {
  readonly #definition: AnyWorkflow
  readonly #identity: RunIdentity
  readonly #log: (entry: LogEntry) => void
  readonly #state = new RunState()
  #position = 0
  /** Events were delivered that no answer has told of yet: their activation goes on. */
  #isUnanswered = false
  #reports: OperationReports | undefined

  constructor(definition: AnyWorkflow, identity: RunIdentity, log: (entry: LogEntry) => void = () => undefined) {
    installGlobals()
    this.#definition = definition
    this.#identity = identity
    this.#log = log
  }

  /** The last event that it was given. */
  get position(): number {
    return this.#position
  }

  get isFinished(): boolean {
    return this.#state.finished
  }

  get hasOperations(): boolean {
    return !this.#state.operations.isEmpty
  }

  /** Side effects that go on between activations. */
  operationsOut(): { operationId: string; name: string }[] {
    return this.#state.operations.out()
  }

  openTasks(): Iterable<string> {
    return this.#state.calls.ids('task')
  }

  /**
   * Lives through what is new, and answers.
   *
   * @throws DeterminismError, StrayCallError, PerdureError when the activation must fail
   */
  async advance(activation: ActivationInput, reports: OperationReports): Promise<ActivationAnswer> {
    this.#reports = reports
    await this.#catchUp(activation)
    await this.#performOperations()
    return this.answer()
  }

  /** Lives through the log without doing anything: what the code asks for at its end, with no side effect begun. */
  async replay(activation: ActivationInput): Promise<ActivationAnswer> {
    await this.#catchUp(activation)
    return this.answer()
  }

  /**
   * Goes on with events that are not in the log yet but will be if nothing else happens: the first is `from` + 1. True
   * when what follows from them is said by commands alone; `answer()` gives it.
   */
  async foresee(events: readonly HistoryEvent[], from: number, activationAt: number): Promise<boolean> {
    const snapshotSequence = from + events.length
    this.#state.book.add(events, from)
    if (!this.#isUnanswered) this.#beginAnswer(activationAt, snapshotSequence)
    await this.#deliverUpTo(snapshotSequence)
    this.#checkQuiet()
    const { commands, observed, operations, finished } = this.#state
    return finished || (operations.isEmpty && (commands.length > 0 || !observed))
  }

  /** What the code asked for since the last answer. */
  answer(): ActivationAnswer {
    const { commands, edge, observed, operations, finished } = this.#state
    this.#state.commands = []
    this.#state.observed = false
    this.#isUnanswered = false
    return {
      snapshotSequence: this.#position,
      activationAt: edge.at,
      commands,
      observed,
      operationsOut: finished ? [] : operations.out(),
    }
  }

  /** Ends what runs in its name; its code never goes on. */
  drop(): void {
    this.#state.breakWith(new PerdureError('the run was dropped from memory', { code: 'dropped' }))
    this.#state.operations.stop()
  }

  async #catchUp({ events, from, snapshotSequence, activationAt }: ActivationInput): Promise<void> {
    const { book } = this.#state
    book.add(events, from)
    book.expectUpTo(snapshotSequence)
    for (const closing of book.takeClosings(this.#position)) await this.#relive(closing)
    if (!this.#isUnanswered) this.#beginAnswer(activationAt, snapshotSequence)
    await this.#deliverUpTo(snapshotSequence)
    this.#checkQuiet()
  }

  async #relive(closing: Closing): Promise<void> {
    if (this.#isUnanswered) throw new PerdureError('another worker has gone on with this run', { code: 'superseded' })
    this.#state.edge = {
      at: closing.activationAt,
      blockEnd: closing.sequence,
      historyLength: closing.snapshotSequence,
    }
    await this.#deliverUpTo(closing.snapshotSequence)
    if (closing.eventType === 'WORKFLOW_SUSPENDED') return this.#checkQuiet()
    if (this.#state.finished) return
    throw new DeterminismError({
      index: closing.sequence,
      expected: `the end of the workflow (${closing.eventType}, event ${closing.sequence})`,
      actual: 'more: it has not returned',
      hint: 'The code that ran had nothing left to wait for here',
    })
  }

  #beginAnswer(at: number, historyLength: number): void {
    this.#isUnanswered = true
    this.#state.edge = { at, blockEnd: Number.POSITIVE_INFINITY, historyLength }
  }

  async #deliverUpTo(snapshotSequence: number): Promise<void> {
    const state = this.#state
    for (const event of state.book.takeWaking(this.#position, snapshotSequence)) {
      state.active = true
      if (event.type === 'WORKFLOW_STARTED') this.#start(decode(event.data.input, 'input'))
      else deliver(event, state.calls)
      if (event.type === 'OPERATION_COMPLETED' || event.type === 'OPERATION_FAILED')
        state.operations.remove(event.data.operationId)
      await macrotask()
      state.active = false
      if (state.broken !== undefined) throw state.broken
    }
    this.#position = Math.max(this.#position, snapshotSequence)
  }

  #start(input: unknown): void {
    const { executionId, run } = this.#identity
    const seed = `${executionId}/${run}/${this.#state.book.started?.at ?? 0}`
    const random = generator(seed)
    const state = this.#state
    const ctx = makeContext({ state, executionId, run, generator: random, log: this.#log })
    const scope: WorkflowScope = {
      type: 'workflow',
      owner: state,
      now: () => ctx.now(),
      random: random.random,
      uuid: random.uuid,
      refuse(what, instead) {
        const error = new StrayCallError(`${what} cannot be used in workflow code: ${instead}`)
        state.breakWith(error)
        throw error
      },
    }
    const perform = async (): Promise<unknown> => {
      const checked = await checkInput(this.#definition.input, input, this.#definition.name)
      return this.#definition.run(ctx, checked)
    }
    void runIn(scope, perform).then(
      (output) => this.#finish(() => ({ type: 'COMPLETE_WORKFLOW', output: encodePayload(output, 'output') })),
      (error) => this.#finish(() => ({ type: 'FAIL_WORKFLOW', failure: toWire(error) })),
    )
  }

  /** The command that closes the run is its last: what the code still does after it is not heard. */
  #finish(close: () => Command): void {
    const state = this.#state
    if (state.finished || state.broken !== undefined) return
    if (!state.active) {
      const message = 'the workflow returned outside an activation: its code was continued by something that is not durable'
      return state.breakWith(new StrayCallError(`${message}. Do I/O in a task or in ctx.run`))
    }
    state.finished = true
    try {
      state.commands.push(close())
    } catch (error) {
      state.commands.push({ type: 'FAIL_WORKFLOW', failure: toWire(error) })
    }
  }

  /** Side effects begin when the code is quiet; what they give is recorded, then delivered like any event. */
  async #performOperations(): Promise<void> {
    const { operations, book } = this.#state
    while (!operations.isEmpty && !this.#state.finished) {
      operations.start(() => this.#currentReports())
      const recorded = await operations.next(operationWaitMs)
      if (this.#state.broken !== undefined) throw this.#state.broken
      if (recorded === undefined) return
      if (recorded.status === 'refused') throw new PerdureError('another worker has the run now', { code: 'stale_attempt' })
      if (recorded.status === 'failed') throw recorded.error
      if (recorded.status === 'later' || recorded.from > this.#position) continue
      book.add(recorded.events, recorded.from)
      book.expectUpTo(recorded.lastSequence)
      await this.#deliverUpTo(recorded.lastSequence)
      this.#checkQuiet()
    }
  }

  #currentReports(): OperationReports {
    if (this.#reports === undefined) throw new PerdureError('no activation has begun', { code: 'internal' })
    return this.#reports
  }

  #checkQuiet(): void {
    const { broken, finished, calls } = this.#state
    if (broken !== undefined) throw broken
    if (finished || !calls.isEmpty) return
    throw new StrayCallError(
      `the workflow code waits for something that is not durable${openResources()}. Do I/O in a task or in ctx.run, and wait with ctx.sleep`,
    )
  }
}
