/** One execution, as a client holds it. */
import type { HistoryEvent } from '../../schemas/events.ts'
import { type Description, description, settledAnswer } from '../../schemas/executions.ts'
import type { SignalDefinition } from '../definition/signal.ts'
import type { InputArguments } from '../definition/task.ts'
import type { Failure } from '../failures/failure.ts'
import { fromWire } from '../failures/wire.ts'
import { answeredFailure, readAnswer } from '../http/answer.ts'
import { type EventPage, readEventPage } from '../http/event-page.ts'
import { pause } from '../http/retry.ts'
import { decode } from '../values/decode.ts'
import { ExecutionRequests, nameInPath, reasoned, type Send } from './execution-requests.ts'
import { answeredResult, outputOf } from './result.ts'
import { sentValue } from './sent.ts'
import { type Rejection, type Settled, wireRejection } from './settling.ts'
import { nameOfSignal, type SignalOptions, signalBody } from './signals.ts'
import { type TaskFrame, type WatchedEvent, type WatchOptions, watch, watchTask } from './watching.ts'

/** What `describe()` tells: the service's words, with the author's values decoded. */
export type ExecutionDescription = Omit<Description, 'output' | 'memo' | 'failure'> & {
  output?: unknown
  memo: Record<string, unknown>
  failure?: Failure
}

/** The whole log of a run, as `replay` takes it. */
export interface History {
  executionId: string
  run: number
  events: HistoryEvent[]
}

/** One waiting request of `result()`; the service answers earlier if there is something to say. */
const resultWaitMs = 60_000
const marginMs = 15_000
/** Where something between cuts waiting short, the next request comes no sooner than this after the one before. */
const leastWaitMs = 1_000

const answeredDescription = description.extend({ failure: answeredFailure.optional() })

/**
 * An execution that was started, or is known by its id.
 *
 * ```ts
 * const handle = client.handle('album-7', album)
 * console.log((await handle.describe()).status, await handle.result())
 * ```
 */
export class WorkflowHandle<Output = unknown> {
  readonly id: string
  /** The run that this handle was made for; undefined when it was made from an id alone. */
  readonly run: number | undefined
  readonly #requests: ExecutionRequests

  constructor(send: Send, id: string, run?: number) {
    this.#requests = new ExecutionRequests(send, id)
    this.id = id
    this.run = run
  }

  /**
   * Waits until the execution is closed, however long.
   *
   * @throws WorkflowFailedError, WorkflowCancelledError, WorkflowTerminatedError, WorkflowTimedOutError, with `cause`
   */
  async result(options: { signal?: AbortSignal } = {}): Promise<Output> {
    for (;;) {
      const asked = performance.now()
      const { status, body } = await this.#requests.get(`/result?waitMs=${resultWaitMs}`, {
        ...options,
        timeoutMs: resultWaitMs + marginMs,
      })
      if (status === 200) return outputOf(this.id, readAnswer(answeredResult, body)) as Output
      const early = leastWaitMs - (performance.now() - asked)
      if (early > 0) await pause(early * (1 + Math.random()), options.signal)
    }
  }

  async describe(): Promise<ExecutionDescription> {
    const { body } = await this.#requests.get('')
    const { output, memo, failure, ...rest } = readAnswer(answeredDescription, body)
    return {
      ...rest,
      memo: Object.fromEntries(Object.entries(memo).map(([key, value]) => [key, decode(value, `memo.${key}`)])),
      ...(output !== undefined && { output: decode(output, 'output') }),
      ...(failure !== undefined && { failure: fromWire(failure) }),
    }
  }

  /**
   * Sends a signal. It is kept until the code asks for it, however early it comes.
   *
   * ```ts
   * await handle.signal(approved, { by: 'Ada' })
   * ```
   * @throws PerdureError `already_closed` when the execution has ended
   */
  signal<Payload>(signal: SignalDefinition<Payload>, ...args: InputArguments<Payload, SignalOptions>): Promise<void>
  signal(name: string, payload?: unknown, options?: SignalOptions): Promise<void>
  async signal(signal: { name: string } | string, payload?: unknown, { signalId }: SignalOptions = {}): Promise<void> {
    await this.#requests.changeOnce(`signals/${nameInPath(nameOfSignal(signal), 'signal')}`, signalBody(payload, signalId))
  }

  /** Fulfils what `ctx.promise(name)` waits for, or will; by its id, `promise-N`, the one of that id. */
  async resolvePromise(nameOrId: string, value?: unknown): Promise<Settled> {
    return this.#settle(nameOrId, 'resolve', value === undefined ? {} : { value: sentValue(value, 'value') })
  }

  /**
   * Rejects what `ctx.promise(name)` waits for, or will, with a `PromiseRejected`.
   *
   * ```ts
   * await handle.rejectPromise('review', new ApplicationFailure('too dark', { type: 'Rejected' }))
   * ```
   */
  async rejectPromise(nameOrId: string, failure: Rejection): Promise<Settled> {
    return this.#settle(nameOrId, 'reject', { failure: wireRejection(failure) })
  }

  /** Asks the code to end: what it waits for rejects with a `CancelledFailure`, and it decides how it goes on. */
  async cancel(reason?: string): Promise<void> {
    await this.#requests.change('cancel', reasoned(reason))
  }

  /** Ends it at once; its code is not asked. */
  async terminate(reason?: string): Promise<void> {
    await this.#requests.change('terminate', reasoned(reason))
  }

  /** Nothing new is started until `resume()`; what is with a worker ends, timers and signals are kept. */
  async pause(reason?: string): Promise<void> {
    await this.#requests.change('pause', reasoned(reason))
  }

  async resume(reason?: string): Promise<void> {
    await this.#requests.change('resume', reasoned(reason))
  }

  /**
   * The log of the run so far, event by event, fetched page by page; of the latest run when the handle was made from an
   * id alone. `after` is the sequence of the last event that is known.
   *
   * ```ts
   * for await (const event of handle.events({ after: 12 })) console.log(event.sequence, event.type)
   * ```
   */
  async *events({ after = 0 }: { after?: number } = {}): AsyncGenerator<HistoryEvent, void, undefined> {
    // The pages of one log, even when a new run begins between them.
    const run = this.run ?? (await this.describe()).run
    let next: number | undefined = after
    while (next !== undefined) {
      const { body } = await this.#requests.get(`/events?after=${next}&run=${run}`)
      const page: EventPage = readEventPage(body)
      yield* page.events
      next = page.nextAfter
    }
  }

  /**
   * Follows the log: what is in it already, then each event as it happens, until the execution is closed. It connects
   * again by itself and goes on where it was.
   *
   * ```ts
   * for await (const event of handle.watch({ after: 0 })) console.log(event.sequence, event.type)
   * ```
   */
  watch(options: WatchOptions = {}): AsyncIterable<WatchedEvent> {
    return watch(this.#requests.send, this.#requests.path, options)
  }

  /**
   * What a task's code sends while it runs (`ctx.stream`, `ctx.progress`, `ctx.log`), until the task has ended. Whoever
   * comes late gets the last 256 frames first.
   */
  watchTask(taskId: string, options: Pick<WatchOptions, 'run' | 'signal'> = {}): AsyncIterable<TaskFrame> {
    return watchTask(this.#requests.send, this.#requests.path, taskId, options)
  }

  /** The whole log of the run. */
  async history(): Promise<History> {
    const events: HistoryEvent[] = []
    for await (const event of this.events()) events.push(event)
    const [first] = events
    const run = first?.type === 'WORKFLOW_STARTED' ? first.data.run : (this.run ?? 1)
    return { executionId: this.id, run, events }
  }

  async #settle(nameOrId: string, outcome: 'resolve' | 'reject', request: object): Promise<Settled> {
    const { body } = await this.#requests.change(`promises/${nameInPath(nameOrId, 'promise')}/${outcome}`, request)
    return { alreadySettled: 'alreadySettled' in readAnswer(settledAnswer, body) }
  }
}
