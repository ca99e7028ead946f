/** A simulated shard of the index: the rules and statements of `durable/execution-index`, over SQLite in memory. */

import type { Newer, Reconciled, Testimony } from '../../../durable/execution-index/port.ts'
import { Register } from '../../../durable/execution-index/register.ts'
import { anything } from '../../../engine/index/condition.ts'
import type { Summary, Version } from '../../../engine/index/summary.ts'
import { emptyIndex } from '../../engine/index/disk.ts'
import { ObjectHome } from '../object-home.ts'
import { ObjectLife } from '../object-life.ts'
import type { World } from '../world.ts'

export class IndexHome extends ObjectHome<IndexLife> {
  readonly disk = emptyIndex()
  /** Told after each turn. */
  readonly turned: (home: IndexHome) => void

  constructor(world: World, shard: number, turned: (home: IndexHome) => void) {
    super(world, `index-${shard}`, 'index')
    this.turned = turned
  }

  rows(): Summary[] {
    const { items } = this.disk.store.page(anything, { now: 0, unserved: [] }, 'oldest', 10_000)
    return items
  }

  protected begin(): IndexLife {
    return new IndexLife(this.world, this)
  }
}

export class IndexLife extends ObjectLife<undefined> {
  protected readonly triesAlone = true
  readonly #own: IndexHome
  readonly #register: Register

  constructor(world: World, home: IndexHome) {
    super(world, home)
    this.#own = home
    this.#register = new Register(home.disk.sql)
  }

  note(summary: Summary): Promise<Newer> {
    return this.#write(() => this.#register.note(summary))
  }

  forget(id: string, version: Version): Promise<Newer> {
    return this.#write(() => this.#register.forget(id, version, this.now))
  }

  reconcile(testimony: Testimony): Promise<Reconciled> {
    return this.#write(() => this.#register.reconcile(testimony))
  }

  #write<Value>(rule: () => Value): Promise<Value> {
    return this.post(rule, (value) => value)
  }

  protected turn(decide: (draft: undefined) => void): { isWritten: boolean; after: () => void } {
    decide(undefined)
    this.#own.turned(this.#own)
    return { isWritten: true, after: () => undefined }
  }

  /** What it has in memory does not follow from its disk. */
  protected reload(): void {}

  protected async tick(): Promise<void> {}

  protected alarmFired(): void {}
}
