/** Workflows that tests run in worker processes: each body notes that it ran, so that a test can count. */
import { appendFileSync, existsSync } from 'node:fs'
import { inspect } from 'node:util'
import { ApplicationFailure, TaskFailure, type TaskOptions, TimeoutFailure, task, workflow } from 'perdure'

const note = (line: string): void => appendFileSync(process.env['STEPS_FILE'] ?? '/dev/null', `${line}\n`)

export const echo = task({
  name: 'echo',
  run(input: { n: number }, ctx) {
    note(`${ctx.executionId} ${ctx.taskId} ${ctx.attempt}`)
    return input.n
  },
})

/** Fails so many times, then gives the attempt that succeeded. */
export const flaky = task({
  name: 'flaky',
  run(input: { key: string; failures: number; nonRetryable?: boolean; retryAfter?: number }, ctx) {
    if (ctx.attempt > input.failures) return ctx.attempt
    const { nonRetryable = false, retryAfter } = input
    throw new ApplicationFailure(`attempt ${ctx.attempt} fails`, {
      type: 'Flaky',
      nonRetryable,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  },
})

/** Runs until it is told to stop. */
export const endless = task({
  name: 'endless',
  async run(_: { key: string }, ctx) {
    await new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))).catch(
      (reason: unknown) => {
        note(`aborted ${ctx.executionId} ${ctx.attempt}`)
        throw reason
      },
    )
  },
})

/** Beats three times and falls silent; the next attempt goes on from there. */
export const beating = task({
  name: 'beating',
  async run(_: { key: string }, ctx) {
    const last = ctx.lastHeartbeat as { step: number } | undefined
    if (last !== undefined) return { resumedFrom: last.step }
    for (let step = 1; step <= 3; step += 1) {
      ctx.heartbeat({ step })
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    await new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
    return { resumedFrom: 0 }
  },
})

export const where = task({
  name: 'where',
  run(_: object, ctx) {
    note(`where ${ctx.executionId}`)
    return process.pid
  },
})

/** Gives back what it was given, and says whether it looks as it did in the workflow. */
export const same = task({
  name: 'same',
  run: (input: { value: unknown; shown: string }) => ({ value: input.value, isSame: inspect(input.value) === input.shown }),
})

export const mirror = workflow({
  name: 'mirror',
  async run(ctx, input: { value: unknown }) {
    const { value, isSame } = await ctx.task(same, { value: input.value, shown: inspect(input.value) })
    return { fromTask: value, fromRun: await ctx.run('same', () => input.value), seenByTask: isSame }
  },
})

/** Runs one task with options, and says what came of it. */
export const attempt = workflow({
  name: 'attempt',
  async run(ctx, input: { kind: string; input: object; options?: TaskOptions }) {
    try {
      return { ok: await ctx.task(input.kind, input.input, input.options) }
    } catch (error) {
      if (!TaskFailure.is(error)) throw error
      const { cause } = error
      if (TimeoutFailure.is(cause)) return { name: error.name, cause: { name: cause.name, details: cause.details } }
      return { name: error.name, cause: ApplicationFailure.is(cause) ? { type: cause.type, message: cause.message } : null }
    }
  },
})

/** Holds its worker's slot until the file is there, or it is told to stop. */
export const hold = task({
  name: 'hold',
  async run(input: { until: string }, ctx) {
    note(`${ctx.executionId} ${ctx.taskId} ${ctx.attempt} ${process.pid}`)
    while (!existsSync(input.until)) {
      ctx.signal.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return process.pid
  },
})

export const fan = workflow({
  name: 'fan',
  run: (ctx, input: { n: number }) => Promise.all(Array.from({ length: input.n }, (_, n) => ctx.task(echo, { n }))),
})

export const chain = workflow({
  name: 'chain',
  async run(ctx, input: { n: number }) {
    const results: number[] = []
    for (let n = 0; n < input.n; n += 1) results.push(await ctx.task(echo, { n }))
    return results
  },
})

export const held = workflow({
  name: 'held',
  run: (ctx, input: { tasks: number; until: string }) =>
    Promise.all(Array.from({ length: input.tasks }, () => ctx.task(hold, { until: input.until }))),
})
