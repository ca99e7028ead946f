/**
 * `ctx.run`: side effects that this worker does for the workflow.
 *
 * 1. Author code sees a result only when it is in the log: what ends here is reported, and delivered like any event.
 * 2. They start when the code is quiet and everything in the log has been delivered: one that has its result there is
 *    not run again.
 */

import type { HistoryEvent } from '../../schemas/events.ts'
import type { Failure as WireFailure } from '../../schemas/failure.ts'
import type { Json } from '../../schemas/values.ts'
import { milliseconds } from '../definition/duration.ts'
import type { RetryOptions } from '../definition/task-options.ts'
import { toWire } from '../failures/wire.ts'
import { encodePayload } from '../values/payload.ts'
import { runIn } from './scope.ts'

export interface OperationOutcome {
  operationId: string
  name: string
  output?: Json
  failure?: WireFailure
}

/**
 * What became of a report: `recorded` with what the log now has after `from`, up to `lastSequence`; `later` when the
 * next activation will bring it; `refused` when somebody else has the run; `failed` when what the log now has cannot be
 * read.
 */
export type Recorded =
  | { status: 'recorded'; from: number; events: HistoryEvent[]; lastSequence: number }
  | { status: 'later' }
  | { status: 'refused' }
  | { status: 'failed'; error: unknown }

/** How results get into the log. */
export interface OperationReports {
  report(outcome: OperationOutcome): Promise<Recorded>
  /** Between two attempts, where time is not the real one; settles early when `signal` aborts. */
  pause?(operationId: string, ms: number, signal: AbortSignal): Promise<void>
}

interface Operation {
  readonly id: string
  readonly name: string
  readonly fn: () => unknown
  readonly retry: RetryOptions | undefined
  phase: 'waiting' | 'running' | 'reporting'
}

/** Taken when this module loads, before globals are wrapped. */
const startTimer = globalThis.setTimeout
const stopTimer = globalThis.clearTimeout

export class Operations {
  readonly #owner: object
  readonly #open = new Map<string, Operation>()
  readonly #recorded: Recorded[] = []
  readonly #stopped = new AbortController()
  #wake: () => void = () => undefined

  constructor(owner: object) {
    this.#owner = owner
  }

  add(id: string, name: string, fn: () => unknown, retry: RetryOptions | undefined): void {
    this.#open.set(id, { id, name, fn, retry, phase: 'waiting' })
  }

  /** Its result is in the log. */
  remove(id: string): void {
    this.#open.delete(id)
  }

  /** Nobody waits for it: if it has not begun, it does not begin. */
  forget(id: string): void {
    if (this.#open.get(id)?.phase === 'waiting') this.#open.delete(id)
  }

  /** Nothing runs, and no result waits to be delivered. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#recorded.length === 0
  }

  /** Those that go on running beyond the activation. */
  out(): { operationId: string; name: string }[] {
    return [...this.#open.values()].map(({ id, name }) => ({ operationId: id, name }))
  }

  start(reports: () => OperationReports): void {
    for (const operation of this.#open.values()) {
      if (operation.phase !== 'waiting') continue
      operation.phase = 'running'
      void this.#perform(operation, reports)
    }
  }

  /** The next result that is in the log; undefined when none ends within `waitMs`. One that is being reported is awaited. */
  async next(waitMs: number): Promise<Recorded | undefined> {
    let waited = false
    const timer = startTimer(() => {
      waited = true
      this.#wake()
    }, waitMs)
    while (this.#recorded.length === 0) {
      if (this.#open.size === 0 || (waited && !this.#isReporting)) break
      await this.#change()
    }
    stopTimer(timer)
    return this.#recorded.shift()
  }

  /** The next result that is being reported, or was; undefined when there is none. */
  async nextReported(): Promise<Recorded | undefined> {
    while (this.#recorded.length === 0 && this.#isReporting) await this.#change()
    return this.#recorded.shift()
  }

  /** The run is dropped: no more attempts. */
  stop(): void {
    this.#stopped.abort()
  }

  get #isReporting(): boolean {
    return [...this.#open.values()].some(({ phase }) => phase === 'reporting')
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #perform(operation: Operation, reports: () => OperationReports): Promise<void> {
    const outcome = await this.#attempts(operation, reports)
    if (this.#stopped.signal.aborted || this.#open.get(operation.id) !== operation) return
    operation.phase = 'reporting'
    const recorded = await reports()
      .report(outcome)
      .catch((error: unknown): Recorded => ({ status: 'failed', error }))
    this.#open.delete(operation.id)
    if (recorded.status !== 'later') this.#recorded.push(recorded)
    this.#wake()
  }

  async #attempts({ id, name, fn, retry }: Operation, reports: () => OperationReports): Promise<OperationOutcome> {
    const { maximumAttempts = 10, nonRetryable = [], backoffCoefficient = 2 } = retry ?? { maximumAttempts: 1 }
    const longest = milliseconds(retry?.maximumInterval ?? 100_000)
    let pause = milliseconds(retry?.initialInterval ?? 1_000)
    for (let attempt = 1; ; attempt += 1) {
      try {
        const value = await runIn({ type: 'operation', owner: this.#owner }, async () => fn())
        return { operationId: id, name, output: encodePayload(value, `the result of ${name}`) }
      } catch (error) {
        const failure = toWire(error)
        const isFinal = failure.nonRetryable || nonRetryable.includes(failure.type) || this.#stopped.signal.aborted
        if (isFinal || attempt === maximumAttempts) return { operationId: id, name, failure }
        const wait = Math.min(failure.retryAfterMs ?? pause, longest)
        await (reports().pause?.(id, wait, this.#stopped.signal) ?? this.#sleep(wait))
        if (this.#stopped.signal.aborted) return { operationId: id, name, failure }
        pause = Math.min(pause * backoffCoefficient, longest)
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = startTimer(resolve, ms)
      this.#stopped.signal.addEventListener('abort', () => {
        stopTimer(timer)
        resolve()
      })
    })
  }
}
