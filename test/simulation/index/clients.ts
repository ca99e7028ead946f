/** Clients of the index: some start executions, delete them when they are closed, and start them anew; some rebuild it. */
import type { Summary } from '../../../engine/index/summary.ts'
import type { Chance } from '../chance.ts'
import { type Begun, perform, startUntilAnswered } from '../clients.ts'
import { isClosing } from '../laws.ts'
import { call } from '../network.ts'
import type { Prepared, Start } from '../workload.ts'
import type { World } from '../world.ts'
import type { Listing } from './listing.ts'

/** Looks after one execution that does not stay. */
export class Keeper {
  isOver = false
  readonly #world: World
  readonly #listing: Listing
  readonly #executionId: string
  readonly #chance: Chance
  readonly #next: () => Start
  #lives: number
  #deletedBefore = 0

  constructor(world: World, listing: Listing, executionId: string, chance: Chance, next: () => Start, stormMs: number) {
    this.#world = world
    this.#listing = listing
    this.#executionId = executionId
    this.#chance = chance
    this.#next = next
    this.#lives = chance.pick([1, 2, 3])
    world.agenda.after(chance.below(stormMs), () => this.#start())
  }

  #later(run: () => void): void {
    this.#world.agenda.after(this.#chance.between(200, 6_000), run)
  }

  #start(): void {
    const { executionId, start } = this.#begin()
    this.#lives -= 1
    this.#deletedBefore = this.#listing.laws.timesDeleted(this.#executionId)
    perform(this.#world, executionId, start.acts ?? [])
    this.#later(() => this.#look())
  }

  #begin(): Begun {
    const begun = { executionId: this.#executionId, start: this.#next(), isTerminated: false, isReplaced: false }
    void startUntilAnswered(this.#world, begun, { idReuse: 'ALLOW' })
    return begun
  }

  #look(): void {
    const { head, runs } = this.#world.execution(this.#executionId).disk
    const last = head && runs.get(head.run)?.at(-1)
    // By its retention, or by a request that was late.
    if (this.#listing.laws.timesDeleted(this.#executionId) > this.#deletedBefore) return this.#gone()
    if (last === undefined || !isClosing(last)) return this.#later(() => this.#look())
    void this.#delete()
  }

  async #delete(): Promise<void> {
    const home = this.#world.execution(this.#executionId)
    const answer = await call(this.#world, 'service-to-object', undefined, home, (life) => life.delete()).catch(() => undefined)
    const isGone = answer?.ok === true || answer?.refusal.code === 'not_found'
    if (isGone) return this.#gone()
    // Who got no answer may leave it at that.
    this.isOver = answer === undefined && this.#chance.isTrue(0.4)
    if (!this.isOver) this.#later(() => this.#look())
  }

  #gone(): void {
    this.isOver = this.#lives === 0
    if (!this.isOver) this.#later(() => this.#start())
  }
}

/** As `POST /index/rebuild`: asks each execution what it is, and tells the shards. */
export async function rebuild(world: World, listing: Listing, skewMs: number): Promise<void> {
  const ids = [...world.executions.keys()]
  const askedAt = world.agenda.now + skewMs
  const ask = (id: string): Promise<Summary | undefined> =>
    call(world, 'service-to-object', undefined, world.execution(id), (life) => life.summary())
  const asked = await Promise.all(ids.map(ask)).catch(() => undefined)
  if (asked === undefined) return
  const summaries = asked.filter((summary) => summary !== undefined)
  world.note(`the index is made anew from ${summaries.length} of ${ids.length}`)
  for (const home of listing.shards.slice(0, listing.shardCount)) {
    const theirs = summaries.filter((summary) => listing.shardOf(summary.id, summary) === home)
    const testimony = { ids, summaries: theirs, askedAt }
    await call(world, 'service-to-index', undefined, home, (index) => index.reconcile(testimony)).catch(() => undefined)
  }
}

/** Those that do not stay, and rebuilding at times. */
export function keep(world: World, listing: Listing, chance: Chance, { passing }: Prepared, stormMs: number): Keeper[] {
  for (let times = chance.between(0, 3); times > 0; times -= 1) {
    world.agenda.after(chance.below(stormMs), () => void rebuild(world, listing, world.skew()))
  }
  if (passing === undefined) return []
  return Array.from({ length: chance.between(0, 3) }, (_, n) => {
    const executionId = `passing-${n}`
    if (chance.isTrue(0.3)) listing.retires(executionId, chance.between(7_000, 40_000))
    return new Keeper(world, listing, executionId, chance.fork(executionId), passing, stormMs)
  })
}
