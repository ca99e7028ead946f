/**
 * One shard of an organisation's index: a row for each of its executions, so that they can be found. It is told by the
 * executions, knows nothing that they do not know, and is needed by none of them: it can be made anew.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ShardPage } from '../engine/index/page.ts'
import type { Summary, Version } from '../engine/index/summary.ts'
import type { Env } from './env.ts'
import type { IndexPort, IndexQuestion, Newer, PageQuestion, Reconciled, Testimony } from './execution-index/port.ts'
import { Register } from './execution-index/register.ts'
import { SummaryStore } from './execution-index/summary-store.ts'
import { Writer } from './execution-index/writer.ts'

export class ExecutionIndex extends DurableObject<Env> implements IndexPort {
  readonly #writer: Writer
  readonly #summaries: SummaryStore
  readonly #register: Register

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#writer = new Writer(ctx.storage)
    this.#summaries = new SummaryStore(ctx.storage.sql)
    this.#register = new Register(ctx.storage.sql)
  }

  note(summary: Summary): Promise<Newer> {
    return this.#writer.post(() => this.#register.note(summary))
  }

  forget(id: string, version: Version): Promise<Newer> {
    return this.#writer.post(() => this.#register.forget(id, version, Date.now()))
  }

  async page({ condition, unserved, order, limit, after }: PageQuestion): Promise<ShardPage<Summary>> {
    if (this.#writer.isEmpty) return { items: [], more: false }
    return this.#summaries.page(condition, { now: Date.now(), unserved }, order, limit, after)
  }

  async count({ condition, unserved }: IndexQuestion): Promise<number> {
    if (this.#writer.isEmpty) return 0
    return this.#summaries.count(condition, { now: Date.now(), unserved })
  }

  reconcile(testimony: Testimony): Promise<Reconciled> {
    return this.#writer.post(() => this.#register.reconcile(testimony))
  }
}
