/** All that a queue has on disk. A turn is one transaction: rows and alarm. */
import type { QueueAddress } from '../../engine/lease.ts'
import type { DurableChange } from '../../engine/queue/change.ts'
import type { Remains } from '../../engine/queue/rebuild.ts'
import { Migrations } from '../migrations.ts'
import { KeepStore } from './keep-store.ts'
import { OfferStore } from './offer-store.ts'
import { migrations } from './schema.ts'
import { SessionStore } from './session-store.ts'

export class QueueStore {
  readonly #storage: DurableObjectStorage
  readonly #offers: OfferStore
  readonly #sessions: SessionStore
  readonly #keeps: KeepStore
  readonly #migrations: Migrations

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#offers = new OfferStore(storage.sql)
    this.#sessions = new SessionStore(storage.sql)
    this.#keeps = new KeepStore(storage.sql)
    this.#migrations = new Migrations(storage.sql, migrations)
  }

  load(address: QueueAddress): Omit<Remains, 'attached'> {
    if (!this.#migrations.hasBegun) return { sessions: [], offers: [], keeps: [] }
    this.#migrations.prepare()
    return { sessions: this.#sessions.read(), offers: this.#offers.read(), keeps: this.#keeps.read(address) }
  }

  commit(changes: DurableChange[], alarmAt: number | undefined): void {
    const hasRows = changes.some(isWritten)
    if (!hasRows && alarmAt === undefined) return
    this.#storage.transactionSync(() => {
      if (hasRows) this.#migrations.prepare()
      for (const change of changes) if (isWritten(change)) this.#write(change)
      if (alarmAt !== undefined) void this.#storage.setAlarm(alarmAt)
    })
    if (hasRows) this.#migrations.settle()
  }

  /** Whether something was noted down once and for all. */
  hasNote(name: string): boolean {
    return this.#migrations.areDone && [...this.#storage.sql.exec('SELECT 1 FROM notes WHERE name = ?', name)].length > 0
  }

  note(name: string): void {
    this.#storage.transactionSync(() => {
      this.#migrations.prepare()
      this.#storage.sql.exec('INSERT OR IGNORE INTO notes (name) VALUES (?)', name)
    })
    this.#migrations.settle()
  }

  #write(change: DurableChange): void {
    switch (change.type) {
      case 'offer-waits':
        return this.#offers.put(change.offer)
      case 'offer-gone':
        return this.#offers.delete(change.offer)
      case 'session-opened':
        return this.#sessions.put(change.session)
      case 'session-left':
        return this.#sessions.left(change.id, change.until)
      case 'session-forgotten':
        return this.#sessions.delete(change.id)
      case 'item-kept':
        return this.#keeps.put(change.holding)
      case 'item-dropped':
        return this.#keeps.delete(change.holding)
      case 'loss-delivered':
        for (const item of change.items) if (item.kept) this.#keeps.delete(item)
        return
    }
  }
}

/** What was only in memory leaves no row. */
function isWritten(change: DurableChange): boolean {
  if (change.type === 'item-dropped') return change.holding.kept
  if (change.type === 'loss-delivered') return change.items.some(({ kept }) => kept)
  return true
}
