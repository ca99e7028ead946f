/** Writes to the index: what arrives within a moment is one transaction, and nobody is answered before the disk has it. */
import { Migrations } from '../migrations.ts'
import { migrations } from './schema.ts'

interface Posted {
  write: () => void
  settle: () => void
  fail: (error: unknown) => void
}

/** Nobody who writes is in a hurry, and a commit takes the disk as long as one of an execution. */
const gatherMs = 20

export class Writer {
  readonly #storage: DurableObjectStorage
  readonly #migrations: Migrations
  #batch: Posted[] = []

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#migrations = new Migrations(storage.sql, migrations)
    if (!this.isEmpty) this.#transaction(() => undefined)
  }

  /** Nothing was ever written: there are no tables to read. */
  get isEmpty(): boolean {
    return !this.#migrations.hasBegun
  }

  post<Value>(write: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      let written: { value: Value } | undefined
      this.#gather({
        write: () => {
          written = { value: write() }
        },
        settle: () => {
          if (written !== undefined) resolve(written.value)
        },
        fail: reject,
      })
    })
  }

  #gather(posted: Posted): void {
    this.#batch.push(posted)
    if (this.#batch.length > 1) return
    setTimeout(() => {
      const batch = this.#batch
      this.#batch = []
      this.#write(batch)
    }, gatherMs)
  }

  #write(batch: Posted[]): void {
    try {
      this.#transaction(() => {
        for (const { write } of batch) write()
      })
    } catch (error) {
      const [only, ...others] = batch
      // Together they left no trace: each is tried alone, and the broken one is refused alone.
      if (others.length > 0) for (const posted of batch) this.#write([posted])
      else only?.fail(error)
      return
    }
    for (const { settle } of batch) settle()
  }

  #transaction(write: () => void): void {
    this.#storage.transactionSync(() => {
      this.#migrations.prepare()
      write()
    })
    this.#migrations.settle()
  }
}
