/** A worker whose task says tokens at a steady pace. Prints `connected`, then how many requests it has sent, when asked. */
import { setTimeout as pause } from 'node:timers/promises'
import { task, workflow } from 'perdure'
import { Worker } from 'perdure/worker'

export const talk = task({
  name: 'talk',
  async run({ tokens, perSecond }: { tokens: number; perSecond: number }, ctx) {
    const begun = performance.now()
    for (let n = 0; n < tokens; n += 1) {
      ctx.stream.token(`${n} `)
      const ahead = ((n + 1) * 1_000) / perSecond - (performance.now() - begun)
      if (ahead > 5) await pause(ahead)
    }
  },
})

export const talking = workflow({
  name: 'talking',
  run: (ctx, input: { tokens: number; perSecond: number }) => ctx.task(talk, input),
})

if (process.send !== undefined) {
  const worker = new Worker({ workflows: [talking], tasks: [talk] })
  worker.on('connected', () => process.send?.('connected'))
  process.on('message', () => process.send?.(worker.metrics))
  await worker.run()
}
