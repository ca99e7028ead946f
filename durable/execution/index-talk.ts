/** What an execution says to the index of its organisation. A call that fails rejects, and is repeated by its caller. */
import { shardOf } from '../../engine/index/shards.ts'
import type { Summary, Version } from '../../engine/index/summary.ts'
import type { Env } from '../env.ts'
import type { IndexPort, Newer } from '../execution-index/port.ts'
import { organisationOf } from '../settings-cache.ts'
import { indexStub } from '../stubs.ts'

export class IndexTalk {
  readonly #env: Env

  constructor(env: Env) {
    this.#env = env
  }

  async note(org: string, summary: Summary): Promise<Newer> {
    const shard = await this.#shard(org, summary.id, summary)
    return await shard.note(summary)
  }

  async forget(org: string, id: string, version: Version): Promise<Newer> {
    const shard = await this.#shard(org, id, version)
    return await shard.forget(id, version)
  }

  async #shard(org: string, id: string, { createdAt }: Version): Promise<IndexPort> {
    const organisation = await organisationOf(this.#env, org)
    return indexStub(this.#env, org, shardOf(organisation?.indexShards ?? [], id, createdAt))
  }
}
