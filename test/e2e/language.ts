/** Workflows that wait, talk, start each other and are cancelled; what their tasks do is noted, so that a test can count. */
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { defineSignal, task, type WorkflowDefinition, workflow } from 'perdure'

const note = (line: string): void => appendFileSync(process.env['STEPS_FILE'] ?? '/dev/null', `${line}\n`)

export const go = defineSignal<string>('go')

/** Holds until the file is there. */
export const held = task({
  name: 'held',
  async run(input: { until: string }, ctx) {
    note(`held ${ctx.executionId} ${ctx.attempt}`)
    while (!existsSync(input.until)) await pause(20, undefined, { signal: ctx.signal })
    return 'task'
  },
})

export const waits = workflow({ name: 'waits', run: (ctx) => ctx.signals(go).next() })

/** Is woken in every way that there is; what it waits for is done elsewhere. */
export const six = workflow({
  name: 'six',
  async run(ctx, input: { until: string }) {
    const queue = 'elsewhere'
    return [
      await ctx.task(held, input, { queue }),
      await ctx.sleep('1s'),
      await ctx.promise<string>('asked'),
      await ctx.signals(go).next(),
      await ctx.child(waits, undefined, { id: `${ctx.info.executionId}-child`, queue }),
    ]
  },
})

export const clean = task({
  name: 'clean',
  run: async (what: string) => note(`cleaned ${what}`),
})

interface Level {
  /** The queues of this level and of those below. */
  queues: string[]
  /** Where a file for each queue is waited for. */
  folder: string
}

/** Holds a task, then has a child on the next queue, and so on down. Whoever is cancelled cleans up behind itself. */
export const nested: WorkflowDefinition<Level, string[]> = workflow({
  name: 'nested',
  async run(ctx, { queues, folder }: Level) {
    const [, queue, ...below] = queues
    try {
      const own = await ctx.task(held, { until: `${folder}/${ctx.info.queue}` })
      if (queue === undefined) return [ctx.info.queue, own]
      const inner = ctx.child(nested, { queues: [queue, ...below], folder }, { queue, parentClosePolicy: 'CANCEL' })
      return [ctx.info.queue, ...(await inner)]
    } finally {
      if (ctx.cancellation.requested) await ctx.shield((ctx) => ctx.task(clean, ctx.info.queue))
    }
  },
})
