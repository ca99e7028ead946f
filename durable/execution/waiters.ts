/** Requests that wait for the execution to close. Waiting takes nothing away from anybody: each is answered by itself. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Resolves when the execution closes, or after `waitMs`. */
  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      this.#waiting.add(end)
    })
  }

  wake(): void {
    for (const end of [...this.#waiting]) end()
  }
}
