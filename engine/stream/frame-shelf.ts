/** The last frames of each open task, for readers who come later. They live in memory and go with their task. */
import type { Frame } from './frame.ts'

const framesKept = 256
const charactersKept = 1_048_576

interface Shelf {
  frames: Frame[]
  characters: number
}

export class FrameShelf {
  readonly #tasks = new Map<string, Shelf>()

  add(taskId: string, frame: Frame): void {
    const shelf = this.#tasks.get(taskId) ?? { frames: [], characters: 0 }
    this.#tasks.set(taskId, shelf)
    shelf.frames.push(frame)
    shelf.characters += frame.text.length
    while (shelf.frames.length > framesKept || (shelf.characters > charactersKept && shelf.frames.length > 1)) {
      shelf.characters -= shelf.frames.shift()?.text.length ?? 0
    }
  }

  /** The task is over. */
  drop(taskId: string): void {
    this.#tasks.delete(taskId)
  }

  /** All that is kept, in the order of the log. */
  all(): Frame[] {
    return [...this.#tasks.values()].flatMap(({ frames }) => frames).sort((a, b) => a.afterSequence - b.afterSequence)
  }
}
