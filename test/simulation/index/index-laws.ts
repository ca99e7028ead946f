/**
 * The index as it must be: at every step no row goes back and nobody returns who was deleted; what an execution has become
 * is there in bounded time; and in the end the index is what it would be if it were made anew.
 */
import { Register } from '../../../durable/execution-index/register.ts'
import { restore } from '../../../engine/execution/restore.ts'
import { summarize } from '../../../engine/index/summarize.ts'
import { isLater, type Summary } from '../../../engine/index/summary.ts'
import type { ExecutionHome } from '../execution.ts'
import type { World } from '../world.ts'
import type { IndexHome } from './index-home.ts'
import type { Listing } from './listing.ts'

/** News that did not arrive is repeated after a minute at most, of a closing after 5 s; alarms and messages take a while. */
const openStaleMs = 60_000 + 20_000
const closedStaleMs = 5_000 + 15_000
const lookEveryMs = 500

const keyOf = ({ id, createdAt }: Pick<Summary, 'id' | 'createdAt'>): string => `${id} of ${createdAt}`

/** What lasts of it. Whether a worker has an activation is known to those that are awake. */
function factsOf(summary: Summary | undefined, isAwake: boolean): string {
  if (summary === undefined) return 'nothing'
  const { createdAt, run, kind, queue, status, closedAt, attributes, parent } = summary
  return JSON.stringify([
    createdAt,
    run,
    kind,
    queue,
    !isAwake && status === 'RUNNING' ? 'PENDING' : status,
    closedAt,
    attributes,
    parent,
  ])
}

export class IndexLaws {
  readonly #world: World
  readonly #listing: Listing
  readonly #rows = new Map<string, Map<string, Summary>>()
  readonly #deleted = new Set<string>()
  readonly #timesDeleted = new Map<string, number>()
  /** Since when the index says something else. */
  readonly #since = new Map<string, number>()
  #lookedAt = 0

  constructor(world: World, listing: Listing) {
    this.#world = world
    this.#listing = listing
  }

  deleted(id: string, createdAt: number): void {
    this.#deleted.add(keyOf({ id, createdAt }))
    this.#timesDeleted.set(id, this.timesDeleted(id) + 1)
  }

  timesDeleted(id: string): number {
    return this.#timesDeleted.get(id) ?? 0
  }

  /** A shard has taken its turn. */
  turned(home: IndexHome): void {
    const before = this.#rows.get(home.name)
    const rows = new Map(home.rows().map((row) => [keyOf(row), row]))
    this.#rows.set(home.name, rows)
    for (const [key, row] of rows) {
      const old = before?.get(key)
      if (old !== undefined && isLater(old, row)) this.#judge(home.name, `${key} went back to an older version`)
      if (old === undefined && this.#deleted.has(key)) this.#judge(home.name, `${key} is back, which was deleted`)
    }
  }

  /** To be told before the next thing happens, at `now`. */
  look(now: number): void {
    if (now - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = now
    for (const [id, home] of this.#world.executions) this.#lookAt(id, home, now)
  }

  #lookAt(id: string, home: ExecutionHome, now: number): void {
    const truth = this.#truth(home)
    const said = this.#said(id)
    const isAwake = home.life !== undefined
    const isTold = said.length <= 1 && factsOf(truth, isAwake) === factsOf(said[0], isAwake)
    const since = isTold ? now : (this.#since.get(id) ?? now)
    this.#since.set(id, since)
    const staleMs = now - Math.max(since, this.#world.listingDisturbedUntil(id))
    const most = (truth?.closedAt === undefined ? openStaleMs : closedStaleMs) + this.#world.clocksDifferMs
    if (staleMs > most) this.#judge(id, `${this.#difference(truth, said)}, for ${staleMs} ms`)
  }

  /** What is not as if it were made anew, if anything. */
  complaint(): string | undefined {
    const { executions } = this.#world
    for (const [id, home] of executions) {
      const truth = this.#truth(home)
      const said = this.#said(id)
      if (said.length > 1 || factsOf(truth, true) !== factsOf(said[0], true)) return `${id}: ${this.#difference(truth, said)}`
      if (
        truth !== undefined &&
        !this.#listing
          .shardOf(id, truth)
          .rows()
          .some((row) => row.id === id)
      )
        return `${id} is in another shard than where it is looked for`
    }
    return undefined
  }

  /** `npm run index:rebuild` would find every row as it is. */
  rebuilt(): string | undefined {
    const { executions, agenda } = this.#world
    const ids = [...executions.keys()]
    const summaries = [...executions.values()].flatMap((home) => this.#truth(home) ?? [])
    const found = { unchanged: 0, corrected: 0, removed: 0 }
    for (const home of this.#listing.shards) {
      const theirs = summaries.filter((summary) => this.#listing.shardOf(summary.id, summary) === home)
      const testimony = { ids, summaries: theirs, askedAt: agenda.now + 60_000 }
      const { unchanged, corrected, removed } = new Register(home.disk.sql).reconcile(testimony)
      found.unchanged += unchanged
      found.corrected += corrected
      found.removed += removed
    }
    const isRight = found.unchanged === summaries.length && found.corrected + found.removed === 0
    return isRight ? undefined : `made anew the index differs: ${JSON.stringify(found)} of ${summaries.length}`
  }

  #truth({ disk, life }: ExecutionHome): Summary | undefined {
    const { now } = this.#world.agenda
    if (disk.head === undefined) return undefined
    return summarize(life?.state ?? restore(disk.recorded(disk.head), now), Number.MAX_SAFE_INTEGER, now)
  }

  #said(id: string): Summary[] {
    return this.#listing.shards.flatMap((shard) =>
      [...(this.#rows.get(shard.name)?.values() ?? [])].filter((row) => row.id === id),
    )
  }

  #difference(truth: Summary | undefined, said: readonly Summary[]): string {
    return `the index has ${said.map((row) => factsOf(row, true)).join(' and ') || 'nothing'}, it is ${factsOf(truth, true)}`
  }

  #judge(where: string, complaint: string): void {
    this.#world.laws.judge('index', where, complaint)
  }
}
