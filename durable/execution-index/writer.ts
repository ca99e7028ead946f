/** Writes to the index: what arrives together is one transaction, and nobody is answered before the disk has it. */
import { Mailbox } from '../mailbox.ts'
import { Migrations } from '../migrations.ts'
import { migrations } from './schema.ts'

interface Posted {
  /** Whether it wrote anything. */
  write: () => boolean
  settle: () => void
  fail: (error: unknown) => void
}

export class Writer {
  readonly #storage: DurableObjectStorage
  readonly #migrations: Migrations
  readonly #mailbox = new Mailbox<Posted>((batch) => this.#drain(batch))

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#migrations = new Migrations(storage.sql, migrations)
    if (!this.isEmpty) this.#transaction(() => undefined)
  }

  /** Nothing was ever written: there are no tables to read. */
  get isEmpty(): boolean {
    return !this.#migrations.hasBegun
  }

  /** `write` answers its value, and whether anything was written. */
  post<Value>(write: () => { value: Value; isWritten: boolean }): Promise<Value> {
    return new Promise((resolve, reject) => {
      let written: { value: Value } | undefined
      this.#mailbox.post({
        write: () => {
          const { value, isWritten } = write()
          written = { value }
          return isWritten
        },
        settle: () => {
          if (written !== undefined) resolve(written.value)
        },
        fail: reject,
      })
    })
  }

  #drain(batch: Posted[]): Promise<void> | undefined {
    let isWritten = false
    try {
      this.#transaction(() => {
        for (const { write } of batch) isWritten = write() || isWritten
      })
    } catch (error) {
      const [only, ...others] = batch
      // Together they left no trace: each is tried alone, and the broken one is refused alone.
      if (others.length > 0) return Promise.all(batch.map((posted) => this.#drain([posted]))).then(() => undefined)
      only?.fail(error)
      return undefined
    }
    for (const { settle } of batch) settle()
    return isWritten ? this.#storage.sync() : undefined
  }

  #transaction(write: () => void): void {
    this.#storage.transactionSync(() => {
      this.#migrations.prepare()
      write()
    })
    this.#migrations.settle()
  }
}
