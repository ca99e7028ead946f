/**
 * What a task's code shows while it runs, on its way to whoever watches: numbered, and sent some at a time. It shares
 * the way of the task's result, so it never comes after it.
 */
import type { TaskFrame } from '../../schemas/stream.ts'

type WithoutIndex<Frame> = Frame extends TaskFrame ? Omit<Frame, 'index'> : never
export type NewFrame = WithoutIndex<TaskFrame>

const flushMs = 50
const flushCharacters = 16_384
/** More than this under way is left out: the service is away, and the index tells of the gap. */
const characterLimit = 8_388_608

export class FrameChannel {
  /** Sends frames; `sent` is called once the service has heard them, or never will. */
  readonly #send: (frames: TaskFrame[], sent: () => void) => void
  #index = 0
  #waiting: TaskFrame[] = []
  #characters = 0
  #underWay = 0
  #isClosed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(send: (frames: TaskFrame[], sent: () => void) => void) {
    this.#send = send
  }

  add(frame: NewFrame): void {
    if (this.#isClosed) return
    const index = this.#index
    this.#index += 1
    const size = JSON.stringify(frame).length
    if (this.#underWay + this.#characters + size > characterLimit) return
    this.#waiting.push({ ...frame, index })
    this.#characters += size
    if (this.#characters >= flushCharacters) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushMs)
  }

  /** The last frames go before the task's result; what its code still says after that is not heard. */
  close(): void {
    this.flush()
    this.#isClosed = true
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    const size = this.#characters
    this.#underWay += size
    this.#send(this.#waiting, () => {
      this.#underWay -= size
    })
    this.#waiting = []
    this.#characters = 0
  }
}
