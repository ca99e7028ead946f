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
import type { EventOf, HistoryEvent } from '../../schemas/events.ts'
import type { LogEntry } from '../definition/logger.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { received } from '../values/received.ts'
import { awaitingOf, type DeclaredAwaiting } from './awaiting.ts'
import { deliver, meetCondition } from './deliver.ts'
import { installGlobals } from './globals.ts'
import type { Closing } from './log-book.ts'
import { macrotask } from './macrotask.ts'
import { firstNeverAsked } from './never-asked.ts'
import type { OperationReports } from './operations.ts'
import { RunState } from './run-state.ts'
import { codeRuns } from './scope.ts'
import { type RunIdentity, startCode } from './start-code.ts'
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
  awaiting: DeclaredAwaiting[]
  operationsOut: { operationId: string; name: string }[]
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
  /** What the log says that the run waits for, as text. */
  #awaitingSaid = '[]'

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
    this.#state.book.add(events, from, this.#state.matching.made)
    this.#goTo(snapshotSequence, activationAt)
    await this.#deliverUpTo(snapshotSequence)
    this.#checkQuiet()
    const { commands, operations, finished } = this.#state
    return finished || (operations.isEmpty && (commands.length > 0 || !this.#isWorthSaying(awaitingOf(this.#state))))
  }

  /** What the code asked for since the last answer. */
  answer(): ActivationAnswer {
    const state = this.#state
    const { commands, edge, operations, finished } = state
    const awaiting = awaitingOf(this.#state)
    const observed = this.#isWorthSaying(awaiting)
    this.#awaitingSaid = JSON.stringify(awaiting)
    state.commands = []
    state.observed = false
    state.edgeRead = false
    this.#isUnanswered = false
    return {
      snapshotSequence: this.#position,
      activationAt: edge.at,
      commands,
      observed,
      awaiting,
      operationsOut: finished ? [] : operations.out(),
    }
  }

  /** Ends what runs in its name; its code never goes on. */
  drop(): void {
    this.#state.breakWith(new PerdureError('the run was dropped from memory', { code: 'dropped' }))
    this.#state.operations.stop()
  }

  async #catchUp({ events, from, snapshotSequence, activationAt }: ActivationInput): Promise<void> {
    const { book, matching } = this.#state
    book.add(events, from, matching.made)
    book.expectUpTo(snapshotSequence)
    for (const closing of book.takeClosings(this.#position)) await this.#relive(closing)
    this.#goTo(snapshotSequence, activationAt)
    await this.#deliverUpTo(snapshotSequence)
    this.#checkQuiet()
  }

  async #relive(closing: Closing): Promise<void> {
    const state = this.#state
    if (this.#isUnanswered) throw new PerdureError('another worker has gone on with this run', { code: 'superseded' })
    const { activationAt: at, sequence: blockEnd, snapshotSequence: snapshot } = closing
    state.edge = { at, blockEnd, snapshot }
    state.edgeRead = false
    await this.#deliverUpTo(snapshot)
    this.#awaitingSaid = JSON.stringify(awaitingOf(state))
    if (closing.eventType === 'WORKFLOW_SUSPENDED') {
      this.#checkQuiet()
      const added = firstNeverAsked(state, closing)
      if (added !== undefined) throw added
      return
    }
    if (state.finished) return
    throw new DeterminismError({
      index: closing.sequence,
      expected: `the end of the workflow (${closing.eventType}, event ${closing.sequence})`,
      actual: 'more: it has not returned',
      hint: 'The code that ran had nothing left to wait for here',
    })
  }

  /** The activation that is to be answered begins, or sees more than when it began. */
  #goTo(snapshot: number, at: number): void {
    const state = this.#state
    if (!this.#isUnanswered) {
      this.#isUnanswered = true
      state.edge = { at, blockEnd: Number.POSITIVE_INFINITY, snapshot }
      state.edgeRead = false
      return
    }
    if (state.edge.snapshot >= snapshot) return
    // What the code was told of the edge would not be so in a replay: that begins with the edge of the answer.
    if (state.edgeRead) throw new PerdureError('the run has read where its events ended, and got more', { code: 'superseded' })
    state.edge = { ...state.edge, snapshot }
  }

  async #deliverUpTo(snapshotSequence: number): Promise<void> {
    const state = this.#state
    for (;;) {
      const event = state.book.takeWaking(this.#position, snapshotSequence)
      if (event === undefined) break
      if (state.finished) continue
      const rests = codeRuns()
      state.active = true
      try {
        if (event.type === 'WORKFLOW_STARTED') this.#start(event)
        else deliver(event, state)
        do await macrotask()
        while (meetCondition(state))
      } finally {
        state.active = false
        rests()
      }
      if (state.broken !== undefined) throw state.broken
    }
    this.#position = Math.max(this.#position, snapshotSequence)
  }

  #start({ data }: EventOf<'WORKFLOW_STARTED'>): void {
    startCode(this.#definition, this.#identity, this.#state, this.#log, received(data.input))
  }

  /** Side effects begin when the code is quiet; what they give is recorded, then delivered like any event. */
  async #performOperations(): Promise<void> {
    const { operations, book, matching } = this.#state
    while (!operations.isEmpty && !this.#state.finished) {
      operations.start(() => this.#currentReports())
      const recorded = this.#state.edgeRead ? await operations.nextReported() : await operations.next(operationWaitMs)
      if (this.#state.broken !== undefined) throw this.#state.broken
      if (recorded === undefined) return
      if (recorded.status === 'refused') throw new PerdureError('another worker has the run now', { code: 'stale_attempt' })
      if (recorded.status === 'failed') throw recorded.error
      if (recorded.status === 'later' || recorded.from > this.#position) continue
      // Code that has read the edge must not go beyond it: the next activation brings what is new.
      if (this.#state.edgeRead && recorded.lastSequence > this.#position) continue
      book.add(recorded.events, recorded.from, matching.made)
      book.expectUpTo(recorded.lastSequence)
      this.#goTo(recorded.lastSequence, this.#state.edge.at)
      await this.#deliverUpTo(recorded.lastSequence)
      this.#checkQuiet()
    }
  }

  #currentReports(): OperationReports {
    if (this.#reports === undefined) throw new PerdureError('no activation has begun', { code: 'internal' })
    return this.#reports
  }

  #isWorthSaying(awaiting: DeclaredAwaiting[]): boolean {
    return this.#state.observed || JSON.stringify(awaiting) !== this.#awaitingSaid
  }

  #checkQuiet(): void {
    const { broken, finished, calls, inbox } = this.#state
    if (broken !== undefined) throw broken
    if (finished || !calls.isEmpty || inbox.handled.length > 0) return
    throw new StrayCallError(
      `the workflow code waits for something that is not durable${openResources()}. Do I/O in a task or in ctx.run, and wait with ctx.sleep`,
    )
  }
}
