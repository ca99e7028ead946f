/**
 * Tables as named migrations: append only, never reordered, never edited. A ledger on disk says which have run; one that
 * names others than these belongs to another version, and is not ours to touch.
 */
import type { Sql } from './sql.ts'

export interface Migration {
  name: string
  sql: string
}

const ledger = 'CREATE TABLE migrations (position INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT'

export class Migrations {
  readonly #sql: Sql
  readonly #steps: readonly Migration[]
  #done: number

  /** @throws when the disk knows others than these */
  constructor(sql: Sql, steps: readonly Migration[]) {
    this.#sql = sql
    this.#steps = steps
    this.#done = this.#read()
  }

  /** Whether anything is on disk. */
  get hasBegun(): boolean {
    return this.#done > 0
  }

  get areDone(): boolean {
    return this.#done === this.#steps.length
  }

  /** Runs those that have not run, inside the caller's transaction; `settle` says that it was committed. */
  prepare(): void {
    if (this.areDone) return
    if (this.#done === 0) this.#sql.exec(ledger)
    for (const [index, { name, sql }] of this.#steps.entries()) {
      if (index < this.#done) continue
      this.#sql.exec(sql)
      this.#sql.exec('INSERT INTO migrations (position, name) VALUES (?, ?)', index, name)
    }
  }

  settle(): void {
    this.#done = this.#steps.length
  }

  #read(): number {
    const [found] = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
    if (found === undefined) return 0
    const done = [...this.#sql.exec<{ name: string }>('SELECT name FROM migrations ORDER BY position')]
    for (const [index, { name }] of done.entries()) {
      if (this.#steps[index]?.name !== name) throw new Error(`the storage has migration ${name} at ${index}: not of this version`)
    }
    return done.length
  }
}
