/** Finding executions: page after page, as somebody reads on. */
import { type ExecutionPage, type ExecutionSummary, executionCount, executionPage, type Order } from '../../schemas/listing.ts'
import type { ExecutionStatus } from '../../schemas/statuses.ts'
import { readAnswer } from '../http/answer.ts'
import type { Send } from './execution-requests.ts'

/** All of them must hold; where several values are given, any of them. */
export interface CountOptions {
  /** In the query language: `status = RUNNING AND attributes.customer = "x"`. */
  query?: string
  status?: ExecutionStatus | readonly ExecutionStatus[]
  kind?: string | readonly string[]
  queue?: string | readonly string[]
  /** Children of this execution. */
  parent?: string
  /** At this time or after it; milliseconds since 1970 or a date. */
  startedAfter?: Date | number
  /** Before this time. */
  startedBefore?: Date | number
}

export interface ListOptions extends CountOptions {
  /** By creation; `newest` first. */
  order?: Order
  /** Executions a page, 1 to 1,000; 100. */
  limit?: number
  /** Where an earlier page ended: its `nextCursor`. */
  cursor?: string
}

/**
 * Executions that were asked for. Nothing is sent before somebody reads; each reading begins anew.
 *
 * ```ts
 * for await (const { id, status } of client.list({ query: 'stuck = true' })) console.log(id, status)
 * const { items, nextCursor } = await client.list({ kind: 'album', limit: 20 })
 * ```
 */
export class ExecutionList implements AsyncIterable<ExecutionSummary>, PromiseLike<ExecutionPage> {
  readonly #send: Send
  readonly #options: ListOptions

  constructor(send: Send, options: ListOptions) {
    this.#send = send
    this.#options = options
  }

  /** Every execution, each once, also those that later pages have. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExecutionSummary, void, undefined> {
    for await (const { items } of this.pages()) yield* items
  }

  /** Page by page; the next one is asked for when it is wanted. */
  async *pages(): AsyncGenerator<ExecutionPage, void, undefined> {
    let cursor = this.#options.cursor
    do {
      const page = await this.#page(cursor)
      yield page
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** Awaited it is its first page. */
  then<Result = ExecutionPage, Failed = never>(
    fulfilled?: ((page: ExecutionPage) => Result | PromiseLike<Result>) | null,
    rejected?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): PromiseLike<Result | Failed> {
    return this.#page(this.#options.cursor).then(fulfilled, rejected)
  }

  async #page(cursor: string | undefined): Promise<ExecutionPage> {
    const { order, limit, ...wanted } = this.#options
    const search = searchOf(wanted)
    if (order !== undefined) search.set('order', order)
    if (limit !== undefined) search.set('limit', String(limit))
    if (cursor !== undefined) search.set('cursor', cursor)
    const { body } = await this.#send({ method: 'GET', path: `/workflow-executions?${search}` })
    return readAnswer(executionPage, body)
  }
}

export async function countExecutions(send: Send, options: CountOptions): Promise<number> {
  const { body } = await send({ method: 'GET', path: `/workflow-executions/count?${searchOf(options)}` })
  return readAnswer(executionCount, body).count
}

function searchOf({ query, status, kind, queue, parent, startedAfter, startedBefore }: CountOptions): URLSearchParams {
  const search = new URLSearchParams()
  const several = { status, kind, queue }
  for (const [name, value] of Object.entries(several)) for (const each of [value ?? []].flat()) search.append(name, each)
  if (parent !== undefined) search.set('parent', parent)
  for (const [name, time] of Object.entries({ startedAfter, startedBefore }))
    if (time !== undefined) search.set(name, String(Number(time)))
  if (query !== undefined) search.set('query', query)
  return search
}
