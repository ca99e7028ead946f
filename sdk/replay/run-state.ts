/**
 * What the code of a run and its driver share: the log, the open calls, the commands made, and the activation that is
 * being lived through, recorded or new.
 *
 * 1. A call that is in the log makes no command; one that should be and is not breaks the run.
 * 2. A broken run never goes on: its driver learns why, its code does not.
 */
import type { Command } from '../../schemas/commands.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import type { PerdureError } from '../failures/perdure-error.ts'
import { callSite } from './call-site.ts'
import { LogBook } from './log-book.ts'
import { type OpenCall, OpenCalls } from './open-calls.ts'
import { Operations } from './operations.ts'
import { currentScope } from './scope.ts'

/** The activation that is being lived through. */
export interface Edge {
  /** What `now()` says. */
  at: number
  /** Calls must be in the log up to here; infinite for the activation that is answered now. */
  blockEnd: number
  historyLength: number
}

type Callee = (...args: never[]) => unknown

export class RunState {
  readonly book = new LogBook()
  readonly calls = new OpenCalls()
  readonly operations = new Operations(this)
  commands: Command[] = []
  edge: Edge = { at: 0, blockEnd: 0, historyLength: 0 }
  /** The code read what depends on where the batch of events ended. */
  observed = false
  /** Code may run: an event is being delivered. */
  active = false
  finished = false
  #broken: PerdureError | undefined
  readonly #counts = { task: 0, timer: 0, operation: 0 }

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

  /**
   * The n-th call of a type meets the n-th such call in the log. Undefined when it does not fit: the run is broken.
   * `isNew` when it is not in the log yet.
   */
  begin(type: OpenCall['type'], name: string, callee: Callee): { call: OpenCall; isNew: boolean } | undefined {
    const index = this.#counts[type] + 1
    const id = `${type}-${index}`
    const recorded = this.book.initiated(id)
    const isKnown = recorded !== undefined && (type === 'operation' || recorded.sequence <= this.edge.blockEnd)
    if (isKnown && (recorded.what ?? '') !== name) {
      const expected = `${shown(type, recorded.what ?? '')} (${recorded.eventType}, event ${recorded.sequence})`
      return this.#mismatch({ index, expected, actual: shown(type, name) }, 'Calls were reordered, renamed or removed', callee)
    }
    if (!isKnown && !this.isLive && type !== 'operation') {
      const expected = `no further ${type} in the activation that ends with event ${this.edge.blockEnd}`
      return this.#mismatch(
        { index, expected, actual: shown(type, name) },
        'A call was added before what had already run',
        callee,
      )
    }
    this.#counts[type] = index
    return { call: this.calls.begin(type, id, name), isNew: !isKnown }
  }

  #mismatch(found: { index: number; expected: string; actual: string }, cause: string, callee: Callee): undefined {
    const location = callSite(callee)
    const hint = `${cause}: runs that have begun need the code that they began with, or code that does the same up to here`
    this.breakWith(new DeterminismError({ ...found, hint, ...(location !== undefined && { location }) }))
    return undefined
  }
}

const shown = (type: OpenCall['type'], name: string): string =>
  `${type === 'operation' ? 'run' : type}${name === '' ? '' : ` ${JSON.stringify(name)}`}`
