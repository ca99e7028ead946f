/** One execution, as a client holds it. */
import type { HistoryEvent } from '../../schemas/events.ts'
import { type Description, description, executionResult } from '../../schemas/executions.ts'
import type { Failure } from '../failures/failure.ts'
import { fromWire } from '../failures/wire.ts'
import { answeredFailure, readAnswer } from '../http/answer.ts'
import { type EventPage, readEventPage } from '../http/event-page.ts'
import { pause } from '../http/retry.ts'
import type { ServiceRequest } from '../http/service.ts'
import { decode } from '../values/decode.ts'
import { outputOf } from './result.ts'

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

/** Sends with retries. */
export type Send = (request: ServiceRequest) => Promise<{ status: number; body: unknown }>

/** One waiting request of `result()`; the service answers earlier if there is something to say. */
const resultWaitMs = 60_000
const marginMs = 15_000
/** Where something between cuts waiting short, the next request comes no sooner than this after the one before. */
const leastWaitMs = 1_000

const answeredResult = executionResult.extend({ failure: answeredFailure.optional() })
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
  readonly #send: Send

  constructor(send: Send, id: string, run?: number) {
    this.#send = send
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
      const { status, body } = await this.#get(`/result?waitMs=${resultWaitMs}`, {
        ...options,
        timeoutMs: resultWaitMs + marginMs,
      })
      if (status === 200) return outputOf(this.id, readAnswer(answeredResult, body)) as Output
      const early = leastWaitMs - (performance.now() - asked)
      if (early > 0) await pause(early * (1 + Math.random()), options.signal)
    }
  }

  async describe(): Promise<ExecutionDescription> {
    const { body } = await this.#get('')
    const { output, memo, failure, ...rest } = readAnswer(answeredDescription, body)
    return {
      ...rest,
      memo: Object.fromEntries(Object.entries(memo).map(([key, value]) => [key, decode(value, `memo.${key}`)])),
      ...(output !== undefined && { output: decode(output, 'output') }),
      ...(failure !== undefined && { failure: fromWire(failure) }),
    }
  }

  /** Ends it at once; its code is not asked. */
  async terminate(reason?: string): Promise<void> {
    await this.#send({
      method: 'POST',
      path: `${this.#path}/terminate`,
      body: reason === undefined ? {} : { reason },
      headers: { 'Idempotency-Key': crypto.randomUUID() },
    })
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
      const { body } = await this.#get(`/events?after=${next}&run=${run}`)
      const page: EventPage = readEventPage(body)
      yield* page.events
      next = page.nextAfter
    }
  }

  /** The whole log of the run. */
  async history(): Promise<History> {
    const events: HistoryEvent[] = []
    for await (const event of this.events()) events.push(event)
    const [first] = events
    const run = first?.type === 'WORKFLOW_STARTED' ? first.data.run : (this.run ?? 1)
    return { executionId: this.id, run, events }
  }

  get #path(): string {
    return `/workflow-executions/${encodeURIComponent(this.id)}`
  }

  #get(rest: string, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
    return this.#send({ method: 'GET', path: `${this.#path}${rest}`, ...options })
  }
}
