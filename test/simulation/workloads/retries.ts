/** Tasks that fail so many times before they succeed, with back-off. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

export const retries: Workload = {
  name: 'retries',
  prepare(chance, ledger) {
    const flaky = ledger.task(
      'flaky',
      ({ failures }: { ms: number; failures: number }, ctx) => {
        if (ctx.attempt <= failures) throw new Error(`attempt ${ctx.attempt} fails`)
        return 'done'
      },
      { retry: { initialInterval: 200, backoffCoefficient: 3, maximumInterval: 8_000, maximumAttempts: 0 } },
    )
    const persistent = workflow({
      name: 'persistent',
      run: (ctx, { items }: { items: { ms: number; failures: number }[] }) =>
        Promise.all(items.map((item) => ctx.task(flaky, item))),
    })
    return {
      workflows: [persistent],
      tasks: [flaky],
      next() {
        const items = Array.from({ length: chance.between(1, 6) }, () => ({
          ms: Math.min(2_000, workMs(chance)),
          failures: chance.below(4),
        }))
        return {
          kind: 'persistent',
          input: { items },
          check: ({ output, count }) =>
            same(
              'the output',
              output,
              items.map(() => 'done'),
            ) ?? same('completions', count('TASK_COMPLETED'), items.length),
        }
      },
    }
  },
}
