/** How a body of a stepped flow is told to end: a file for each attempt, with a word in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Word = 'fail' | 'succeed'

export interface Listener {
  execution: string
  name: string
  attempt: number
}

export class Words {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  tell(listener: Listener, word: Word): void {
    writeFileSync(this.#file(listener), word)
  }

  isTold(listener: Listener): boolean {
    return existsSync(this.#file(listener))
  }

  /** Empty while it has not been told, or not all of it. */
  heard(listener: Listener): string {
    return this.isTold(listener) ? readFileSync(this.#file(listener), 'utf8') : ''
  }

  #file({ execution, name, attempt }: Listener): string {
    return join(this.#folder, `${execution}-${name}-${attempt}`)
  }
}
