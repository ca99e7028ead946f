/** Workflows that tests run in worker processes: each body notes that it ran, so that a test can count. */
import { appendFileSync, existsSync } from 'node:fs'
import { task, workflow } from 'perdure'

const note = (line: string): void => appendFileSync(process.env['STEPS_FILE'] ?? '/dev/null', `${line}\n`)

export const echo = task({
  name: 'echo',
  run(input: { n: number }, ctx) {
    note(`${ctx.executionId} ${ctx.taskId} ${ctx.attempt}`)
    return input.n
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
