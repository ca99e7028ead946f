/** What a task shows while it runs, to whoever watches the execution. It is not written to the log, and cannot wait. */
export interface TaskStream {
  /** A piece of text, as a language model gives it. */
  token(text: string): void
  /** Any value. */
  data(value: unknown): void
  /** Something went wrong, and the task goes on. */
  error(message: string, details?: unknown): void
}
