/**
 * The index of a simulated organisation: its shards, which grow, and what executions say to them. Only a workload that
 * asks for it has one.
 */

import { type Clock, IndexNews } from '../../../durable/execution/index-news.ts'
import { Retirement } from '../../../durable/execution/retirement.ts'
import type { Newer } from '../../../durable/execution-index/port.ts'
import { grownShards, type ShardStep, shardCount, shardOf } from '../../../engine/index/shards.ts'
import type { Summary, Version } from '../../../engine/index/summary.ts'
import { retentionDefaultMs } from '../../../schemas/organisation.ts'
import type { Chance } from '../chance.ts'
import type { ExecutionLife } from '../execution.ts'
import { call } from '../network.ts'
import type { World } from '../world.ts'
import { IndexHome, type IndexLife } from './index-home.ts'
import { IndexLaws } from './index-laws.ts'

/** Settings are read anew after this. */
const settingsAgeMs = 5_000
const mostShards = 3

export interface Speaker {
  news: IndexNews
  retirement: Retirement
}

export class Listing {
  readonly shards: readonly IndexHome[]
  readonly laws: IndexLaws
  readonly #world: World
  readonly #chance: Chance
  readonly #steps: { from: number; steps: ShardStep[] }[]
  /** How long closed ones stay, of those that do not stay for good. */
  readonly #retentions = new Map<string, number>()

  constructor(world: World, chance: Chance, stormMs: number) {
    this.#world = world
    this.#chance = chance
    this.laws = new IndexLaws(world, this)
    this.shards = Array.from({ length: mostShards }, (_, shard) => new IndexHome(world, shard, (home) => this.laws.turned(home)))
    const { now } = world.agenda
    const first = chance.isTrue(0.5) ? grownShards([], chance.between(1, mostShards), 0) : []
    this.#steps = [{ from: 0, steps: first }]
    if (chance.isTrue(0.5)) {
      const at = now + chance.below(stormMs)
      this.#steps.unshift({ from: at, steps: grownShards(first, mostShards, at) })
    }
  }

  retires(executionId: string, afterMs: number): void {
    this.#retentions.set(executionId, afterMs)
  }

  /** As read by somebody whose settings may be a while old. */
  steps(ageMs = 0): ShardStep[] {
    const readAt = this.#world.agenda.now - ageMs
    return this.#steps.find(({ from }) => from <= readAt)?.steps ?? []
  }

  get shardCount(): number {
    return shardCount(this.steps())
  }

  shardOf(id: string, { createdAt }: Pick<Version, 'createdAt'>, ageMs = 0): IndexHome {
    const home = this.shards[shardOf(this.steps(ageMs), id, createdAt)]
    if (home === undefined) throw new RangeError('there is no such shard')
    return home
  }

  /** What an execution has to do with the index. */
  speaker(life: ExecutionLife): Speaker {
    const { executionId } = life
    const clock: Clock = {
      now: () => life.now,
      after: (ms, run) =>
        this.#world.agenda.after(ms, () => {
          if (life.isAlive) run()
        }),
    }
    const tell = (summary: Summary) => this.#say(life, summary, (index) => index.note(summary))
    const news = new IndexNews(tell, () => life.turnAgain(), life.state, clock)
    const retirement = new Retirement({
      turns: life.mortal(),
      news,
      retentionMs: async () => this.#retentions.get(executionId) ?? retentionDefaultMs,
      forget: (version) => this.#say(life, version, (index) => index.forget(executionId, version)),
    })
    return { news, retirement }
  }

  #say(life: ExecutionLife, version: Pick<Version, 'createdAt'>, perform: (index: IndexLife) => Promise<Newer>): Promise<Newer> {
    const home = this.shardOf(life.executionId, version, this.#chance.below(settingsAgeMs))
    return call(this.#world, 'execution-to-index', life, home, perform)
  }
}
