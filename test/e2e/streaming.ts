/** A task that says so many tokens a second, and everything else that a task can say. */
import { setTimeout as pause } from 'node:timers/promises'
import { ApplicationFailure, task, workflow } from 'perdure'

export const talk = task({
  name: 'talk',
  retry: { maximumAttempts: 2, initialInterval: '1ms' },
  async run({ tokens, perSecond, failsFirst = false }: { tokens: number; perSecond: number; failsFirst?: boolean }, ctx) {
    const begun = performance.now()
    for (let n = 0; n < tokens; n += 1) {
      ctx.stream.token(`${n} `)
      const ahead = (n * 1_000) / perSecond - (performance.now() - begun)
      if (ahead > 5) await pause(ahead)
    }
    ctx.progress(0.5, { at: new Date(0) })
    ctx.stream.data({ big: 12n })
    ctx.stream.error('a page is missing', { page: 7 })
    ctx.log.warn('nearly done', { left: 1 })
    if (failsFirst && ctx.attempt === 1) throw new ApplicationFailure('once more')
    return tokens
  },
})

export const talking = workflow({
  name: 'talking',
  run: (ctx, input: { tokens: number; perSecond: number; failsFirst?: boolean }) => ctx.task(talk, input),
})
