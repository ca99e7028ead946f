/** Work that strangers answer, in runs that begin with a signal, sleep until an hour, and say what they are at. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

interface Order {
  parts: { ms: number; n: number }[]
  restMs: number
}

export const handOvers: Workload = {
  name: 'hand-overs',
  prepare(chance, ledger) {
    const ask = ledger.handOver('ask', ({ n }: { ms: number; n: number }) => 2 * n, { retry: { maximumAttempts: 0 } })
    const note = ledger.task('note', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const order = workflow({
      name: 'order',
      async run(ctx, { parts, restMs }: Order) {
        const customer = await ctx.signals('customer').next()
        ctx.setAttributes({ customer: String(customer), asked: parts.length })
        await ctx.sleepUntil(ctx.now() + restMs)
        const answers = await Promise.all(parts.map((part) => ctx.task(ask, part)))
        ctx.setAttributes({ answered: answers.length })
        return { customer, answers, last: await ctx.task(note, { ms: 0, n: answers.length }) }
      },
    })
    return {
      workflows: [order],
      tasks: [ask, note],
      next() {
        const customer = `customer ${chance.below(1_000)}`
        const parts = Array.from({ length: chance.between(1, 6) }, (_, n) => ({ ms: workMs(chance), n }))
        return {
          kind: 'order',
          input: { parts, restMs: chance.pick([0, chance.between(1, 500), chance.between(1_000, 12_000)]) },
          signal: { name: 'customer', signalId: 'customer', payload: JSON.stringify(customer) },
          check: ({ output, count }) =>
            same('the answers', output, { customer, answers: parts.map(({ n }) => 2 * n), last: parts.length }) ??
            same('its signals', count('SIGNAL_RECEIVED'), 1),
        }
      },
    }
  },
}
