/** The workflows that are measured: tasks that do nothing, so that all the time is the service's. */
import { task, workflow } from 'perdure'

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
