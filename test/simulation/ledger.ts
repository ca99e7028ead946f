/** What authors' code did: which attempts began, and what they gave. */
import { task } from '../../sdk/definition/task.ts'
import type { TaskContext } from '../../sdk/definition/task-context.ts'
import type { TaskOptions } from '../../sdk/definition/task-options.ts'
import { pause } from '../../sdk/http/retry.ts'

/** An attempt that is with whoever has its token, and what will be answered. */
export interface HandedOver extends Pick<TaskContext, 'executionId' | 'taskId'> {
  token: string
  output: unknown
  afterMs: number
}

export class Ledger {
  /** How often each attempt began: execution/run/task, attempt. */
  readonly begun = new Map<string, number>()
  /** Side effects of `ctx.run`. */
  readonly ran = new Map<string, number>()

  /** Somebody outside gets the token of an attempt, and will answer it. */
  handedOver: (attempt: HandedOver) => void = () => undefined

  begin({ idempotencyKey, attempt }: TaskContext): void {
    const key = `${idempotencyKey} ${attempt}`
    this.begun.set(key, (this.begun.get(key) ?? 0) + 1)
  }

  countRun(name: string): void {
    this.ran.set(name, (this.ran.get(name) ?? 0) + 1)
  }

  /** A task that a stranger answers, `ms` after it was handed over, with what `answer` gives. */
  handOver<Input extends { ms: number }>(name: string, answer: (input: Input) => unknown, options: TaskOptions = {}) {
    return task({
      ...options,
      name,
      run: async (input: Input, ctx: TaskContext) => {
        this.begin(ctx)
        const { executionId, taskId } = ctx
        this.handedOver({ executionId, taskId, token: ctx.handOver(), output: answer(input), afterMs: input.ms })
      },
    })
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
