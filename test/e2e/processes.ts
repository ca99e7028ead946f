/** Workflows whose parts live in several processes of a service, and their worker. Says `connected` when it is. */
import { defineSignal, task, workflow } from 'perdure'
import { Worker } from 'perdure/worker'

export const go = defineSignal<number>('go')

const twice = task({ name: 'twice', run: (n: number) => 2 * n })

export const part = workflow({ name: 'part', run: (ctx, input: { n: number }) => ctx.task(twice, input.n) })

export const whole = workflow({
  name: 'whole',
  async run(ctx, { n }: { n: number }) {
    const [own, ofChild] = await Promise.all([ctx.task(twice, n), ctx.child(part, { n })])
    return own + ofChild + (await ctx.signals(go).next())
  },
})

if (process.env['PERDURE_WORKER'] === 'processes') {
  const worker = new Worker({ workflows: [whole, part], tasks: [twice] })
  worker.on('connected', () => console.log('connected'))
  await worker.run()
}
