/** Something to watch: loaves that rise for a while. */
import { setTimeout as pause } from 'node:timers/promises'
import { task, workflow } from 'perdure'

export const rise = task({
  name: 'rise',
  async run({ loaf, ms }: { loaf: number; ms: number }, ctx) {
    for (let part = 1; part <= 20; part += 1) {
      await pause(ms / 20, undefined, { signal: ctx.signal })
      ctx.progress(part / 20, { loaf })
    }
    return loaf
  },
})

export const bake = workflow({
  name: 'bake',
  async run(ctx, { loaves, ms }: { loaves: number; ms: number }) {
    const done: number[] = []
    for (let loaf = 1; loaf <= loaves; loaf += 1) done.push(await ctx.task(rise, { loaf, ms }))
    return done
  },
})
