/** N tasks at once, joined; then some more, one after another. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

export const fanOuts: Workload = {
  name: 'fan-outs',
  prepare(chance, ledger) {
    const double = ledger.task('double', ({ n }: { ms: number; n: number }) => n * 2, { retry: { maximumAttempts: 0 } })
    const fanOut = workflow({
      name: 'fan-out',
      async run(ctx, { items, chain }: { items: { ms: number; n: number }[]; chain: number[] }) {
        const all = await Promise.all(items.map((item) => ctx.task(double, item)))
        const after: unknown[] = []
        for (const ms of chain) after.push(await ctx.task(double, { ms, n: ms }))
        return { all, after, random: typeof ctx.random() }
      },
    })
    return {
      workflows: [fanOut],
      tasks: [double],
      next() {
        const items = Array.from({ length: chance.pick([1, 2, 5, 12, 40]) }, (_, n) => ({ ms: workMs(chance), n }))
        const chain = Array.from({ length: chance.below(4) }, () => workMs(chance))
        return {
          kind: 'fan-out',
          input: { items, chain },
          check: ({ output, count }) =>
            same('the output', output, {
              all: items.map(({ n }) => n * 2),
              after: chain.map((ms) => ms * 2),
              random: 'number',
            }) ?? same('the number of completions', count('TASK_COMPLETED'), items.length + chain.length),
        }
      },
    }
  },
}
