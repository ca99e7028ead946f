/** The workflows that are measured: tasks that do nothing, so that all the time is the service's. */
import { defineSignal, task, workflow } from 'perdure'

export const nothing = task({ name: 'nothing', run: async (index: number) => index })

export interface Size {
  tasks: number
}

export const inSequence = workflow({
  name: 'in-sequence',
  async run(ctx, { tasks }: Size) {
    let sum = 0
    for (let index = 0; index < tasks; index += 1) sum += await ctx.task(nothing, index)
    return sum
  },
})

export const inParallel = workflow({
  name: 'in-parallel',
  async run(ctx, { tasks }: Size) {
    const results = await Promise.all(Array.from({ length: tasks }, (_, index) => ctx.task(nothing, index)))
    return results.reduce((sum, result) => sum + result, 0)
  },
})

/** What either of them returns: a benchmark that loses work must not look fast. */
export const expected = ({ tasks }: Size): number => (tasks * (tasks - 1)) / 2

export const go = defineSignal<number>('go')

/** Waits for a signal, and answers what was in it. */
export const answering = workflow({ name: 'answering', run: (ctx) => ctx.signals(go).next() })

/** Has a log, waits with it, and goes on when it is told to. */
export const inParallelTwice = workflow({
  name: 'in-parallel-twice',
  async run(ctx, { tasks }: Size) {
    await Promise.all(Array.from({ length: tasks }, (_, index) => ctx.task(nothing, index)))
    const more = await ctx.signals(go).next()
    const results = await Promise.all(Array.from({ length: more }, (_, index) => ctx.task(nothing, index)))
    return results.length
  },
})

export const sleeping = workflow({
  name: 'sleeping',
  async run(ctx, { times }: { times: number[] }) {
    await Promise.all(times.map((time) => ctx.sleepUntil(time)))
  },
})

export const workflows = [inSequence, inParallel, answering, inParallelTwice, sleeping]
