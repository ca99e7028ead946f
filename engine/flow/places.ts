/** Where things stand in the text of a flow, so that a problem can be found. */
import type { LineCounter } from 'yaml'
import type { FlowProblem } from '../../schemas/flow/saving.ts'

export type Path = readonly (string | number)[]

export class Places {
  readonly #lines: LineCounter
  readonly #keys = new Map<string, number>()
  readonly #values = new Map<string, number>()

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  key(path: Path, offset: number): void {
    this.#keys.set(JSON.stringify(path), offset)
  }

  value(path: Path, offset: number): void {
    this.#values.set(JSON.stringify(path), offset)
  }

  /** At the value, or at its key, or at the nearest thing around it that is there. */
  problem(path: Path, message: string, at: 'value' | 'key' = 'value'): FlowProblem {
    for (let length = path.length; length >= 0; length -= 1) {
      const text = JSON.stringify(path.slice(0, length))
      const [first, second] = at === 'key' ? [this.#keys, this.#values] : [this.#values, this.#keys]
      const offset = first.get(text) ?? second.get(text)
      if (offset !== undefined) return this.problemAt(offset, path, message)
    }
    return this.problemAt(0, path, message)
  }

  problemAt(offset: number, path: Path, message: string): FlowProblem {
    const { line, col } = this.#lines.linePos(offset)
    return { path: path.join('.'), line: Math.max(1, line), column: Math.max(1, col), message }
  }
}
