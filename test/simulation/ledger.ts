/** What authors' code did: which attempts began, and what they gave. */
import { task } from '../../sdk/definition/task.ts'
import type { TaskContext } from '../../sdk/definition/task-context.ts'
import type { TaskOptions } from '../../sdk/definition/task-options.ts'
import { pause } from '../../sdk/http/retry.ts'

export class Ledger {
  /** How often each attempt began: execution/run/task, attempt. */
  readonly begun = new Map<string, number>()
  /** Side effects of `ctx.run`. */
  readonly ran = new Map<string, number>()

  begin({ idempotencyKey, attempt }: TaskContext): void {
    const key = `${idempotencyKey} ${attempt}`
    this.begun.set(key, (this.begun.get(key) ?? 0) + 1)
  }

  countRun(name: string): void {
    this.ran.set(name, (this.ran.get(name) ?? 0) + 1)
  }

  /** A task that takes a while, heeds its signal, and then does what `run` does. */
  task<Input extends { ms: number }>(name: string, run: (input: Input, ctx: TaskContext) => unknown, options: TaskOptions = {}) {
    return task({
      ...options,
      name,
      run: async (input: Input, ctx: TaskContext) => {
        this.begin(ctx)
        if (input.ms > 0) await pause(input.ms, ctx.signal)
        return run(input, ctx)
      },
    })
  }
}
