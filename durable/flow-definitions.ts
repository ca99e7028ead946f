/**
 * The flows of an organisation: versions that are saved once and never change. No run under way reads them: each took its
 * own copy when it began.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Answer, accepted, refused } from '../engine/answer.ts'
import type { FlowPin } from '../engine/flow/definition.ts'
import { versionToSave } from '../engine/flow/saving.ts'
import type { FlowDescription, FlowSummary, SavedFlow } from '../schemas/flow/saving.ts'
import type { Env } from './env.ts'
import { FlowStore, migrations } from './flow-definitions/flow-store.ts'
import type { FlowsPort, FlowToSave } from './flow-definitions/port.ts'
import { Migrations } from './migrations.ts'

const versionsShown = 100

export class FlowDefinitions extends DurableObject<Env> implements FlowsPort {
  readonly #migrations: Migrations
  readonly #flows: FlowStore

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#migrations = new Migrations(ctx.storage.sql, migrations)
    this.#flows = new FlowStore(ctx.storage.sql)
    if (this.#migrations.hasBegun) this.#transaction(() => undefined)
  }

  async save(flow: FlowToSave): Promise<Answer<SavedFlow & { created: boolean }>> {
    return this.#transaction(() => {
      const { name, hash } = flow
      const named = flow.version === undefined ? undefined : this.#flows.find(name, flow.version)
      const given = versionToSave({ ...flow, latest: this.#flows.find(name), named })
      if (!given.ok) return given
      const { version, created } = given.value
      if (created) this.#flows.add({ ...flow, version }, Date.now())
      return accepted({ name, version, hash, created })
    })
  }

  async list(limit: number, after = ''): Promise<{ items: FlowSummary[]; more: boolean }> {
    if (!this.#migrations.hasBegun) return { items: [], more: false }
    const found = this.#flows.latest(limit + 1, after)
    return { items: found.slice(0, limit), more: found.length > limit }
  }

  async read(name: string, version?: number): Promise<Answer<FlowDescription>> {
    const found = this.#find(name, version)
    if (!found.ok) return found
    const versions = this.#flows.versionsOf(name, versionsShown)
    return accepted({
      ...found.value,
      source: this.#flows.source(found.value),
      versions: versions.map(({ version, hash, savedAt }) => ({ version, hash, savedAt })),
    })
  }

  async pin(name: string, version?: number): Promise<Answer<FlowPin>> {
    const found = this.#find(name, version)
    return found.ok ? accepted(this.#flows.pin(found.value)) : found
  }

  #find(name: string, version?: number): Answer<FlowSummary> {
    const found = this.#migrations.hasBegun ? this.#flows.find(name, version) : undefined
    if (found !== undefined) return accepted(found)
    return refused('not_found', `there is no flow ${version === undefined ? name : `${name}@${version}`}`)
  }

  #transaction<Value>(write: () => Value): Value {
    const value = this.ctx.storage.transactionSync(() => {
      this.#migrations.prepare()
      return write()
    })
    this.#migrations.settle()
    return value
  }
}
