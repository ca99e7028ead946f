/**
 * What an index makes of what it is told. Each rule runs in its caller's transaction.
 *
 * 1. What is older than what is known changes nothing, and its teller is told of what revision that is: an execution may
 *    have moved to a machine whose clock is behind.
 */
import { isLater, type Summary, type Version } from '../../engine/index/summary.ts'
import type { Sql } from '../sql.ts'
import type { Newer, Reconciled, Testimony } from './port.ts'
import { reconcile } from './reconciliation.ts'
import { SummaryStore } from './summary-store.ts'
import { TombstoneStore } from './tombstone-store.ts'

export class Register {
  readonly #summaries: SummaryStore
  readonly #tombstones: TombstoneStore

  constructor(sql: Sql) {
    this.#summaries = new SummaryStore(sql)
    this.#tombstones = new TombstoneStore(sql)
  }

  note(summary: Summary): Newer {
    const gone = this.#tombstones.find(summary)
    if (gone !== undefined && !isLater(summary, gone)) return gone.revision
    const known = this.#summaries.find(summary)
    if (known !== undefined && isLater(known, summary)) return known.revision
    this.#summaries.put(summary)
    return undefined
  }

  forget(id: string, version: Version, now: number): Newer {
    const place = { id, createdAt: version.createdAt }
    const known = this.#summaries.find(place)
    if (known !== undefined && isLater(known, version)) return known.revision
    const gone = this.#tombstones.find(place)
    if (gone !== undefined && isLater(gone, version)) return gone.revision
    this.#tombstones.put(id, version, now)
    if (known !== undefined) this.#summaries.remove(place)
    return undefined
  }

  reconcile(testimony: Testimony): Reconciled {
    return reconcile(this.#summaries, this.#tombstones, testimony)
  }
}
