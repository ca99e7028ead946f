/**
 * What the code of a run and its driver share: the log, the open calls, the commands made, and the activation that is
 * being lived through, recorded or new.
 *
 * 1. A call that is in the log makes no command; one that should be and is not breaks the run.
 * 2. A broken run never goes on: its driver learns why, its code does not.
 */
import type { Command } from '../../schemas/commands.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import type { Attributes } from '../definition/child.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import type { PerdureError } from '../failures/perdure-error.ts'
import { toWire } from '../failures/wire.ts'
import { Cancellation } from './cancellation.ts'
import { Conditions } from './conditions.ts'
import { KeyValues } from './key-values.ts'
import { LogBook } from './log-book.ts'
import { type Asked, type Callee, type Matched, Matching } from './matching.ts'
import { type OpenCall, OpenCalls } from './open-calls.ts'
import { Operations } from './operations.ts'
import { currentScope, runIn, type WorkflowScope } from './scope.ts'
import { SignalInbox } from './signal-inbox.ts'

/** The activation that is being lived through. */
export interface Edge {
  /** What `now()` says. */
  at: number
  /** Calls must be in the log up to here; infinite for the activation that is answered now. */
  blockEnd: number
  /** The last event that it has seen, delivered or not. */
  snapshot: number
}

export class RunState {
  readonly inbox = new SignalInbox()
  readonly book = new LogBook((event) => this.inbox.arrive(event))
  readonly calls = new OpenCalls()
  readonly conditions = new Conditions()
  readonly cancellation = new Cancellation()
  readonly keyValues = new KeyValues()
  /** As far as the code has set them itself. */
  attributes: Attributes | undefined
  readonly operations = new Operations(this)
  readonly matching = new Matching(this.book)
  commands: Command[] = []
  edge: Edge = { at: 0, blockEnd: 0, snapshot: 0 }
  /** The code read what depends on when the activation was, or on where its batch of events ended. */
  observed = false
  /** It read where the batch ended: the activation must end there too. */
  edgeRead = false
  /** Code may run: an event is being delivered. */
  active = false
  finished = false
  /** Handlers of signals that have not come to their end. */
  handlersAtWork = 0
  #scope: WorkflowScope | undefined
  #broken: PerdureError | undefined

  get broken(): PerdureError | undefined {
    return this.#broken
  }

  get isLive(): boolean {
    return this.edge.blockEnd === Number.POSITIVE_INFINITY
  }

  /** The first reason counts. */
  breakWith(error: PerdureError): void {
    this.#broken ??= error
  }

  begin(scope: WorkflowScope): void {
    this.#scope = scope
  }

  /** Runs a piece of the author's code. */
  inCode<Value>(fn: () => Value): Value {
    return runIn(this.#scope, fn)
  }

  /** Reads where the batch of events ended. */
  readEdge(): number {
    this.observed = true
    this.edgeRead = true
    return this.edge.snapshot
  }

  /** Whether a call of the code counts; if not, it is answered by silence. */
  enter(call: string): boolean {
    const scope = currentScope()
    if (scope?.type === 'operation' && scope.owner === this) {
      throw new StrayCallError(`ctx.${call} cannot be used inside ctx.run: return a value, and go on outside`)
    }
    if (this.finished || this.#broken !== undefined) return false
    if (this.active) return true
    this.breakWith(
      new StrayCallError(
        `ctx.${call} was called outside an activation: the code was continued by something that is not durable. Do I/O in a task or in ctx.run`,
      ),
    )
    return false
  }

  /** For what must answer at once. */
  enterOrThrow(call: string): void {
    if (!this.enter(call)) throw this.#broken ?? new StrayCallError(`ctx.${call} was called after the workflow had ended`)
  }

  /** Undefined when the call does not fit the log: the run is broken. */
  match(asked: Asked, callee: Callee): Matched | undefined {
    const matched = this.matching.match(asked, this.edge.blockEnd, callee)
    if (!DeterminismError.is(matched)) return matched
    this.breakWith(matched)
    return undefined
  }

  /** Only what is new is said. */
  say(command: Command): void {
    if (this.isLive) this.commands.push(command)
  }

  /** The call whose result `event` is, which is open no longer. */
  ended(id: string, event: HistoryEvent): OpenCall | undefined {
    const call = this.calls.end(id)
    if (call === undefined) {
      this.matching.passOver(id, event)
      return undefined
    }
    const unfit = this.matching.check(call)
    if (unfit === undefined) return call
    this.breakWith(unfit)
    return undefined
  }

  /** The command that closes the run is its last: what the code still does after it is not heard. */
  finish(close: () => Command): void {
    if (this.finished || this.#broken !== undefined) return
    if (!this.active) {
      const message = 'the workflow returned outside an activation: its code was continued by something that is not durable'
      return this.breakWith(new StrayCallError(`${message}. Do I/O in a task or in ctx.run`))
    }
    this.finished = true
    try {
      this.commands.push(close())
    } catch (error) {
      this.commands.push({ type: 'FAIL_WORKFLOW', failure: toWire(error) })
    }
  }
}
