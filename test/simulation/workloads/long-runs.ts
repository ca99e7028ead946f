/** One side effect that takes long, and meanwhile tasks and timers one after another: the run moves on beside it. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { pause } from '../../../sdk/http/retry.ts'
import { same, type Workload } from '../workload.ts'

export const longRuns: Workload = {
  name: 'long-runs',
  prepare(chance, ledger) {
    const step = ledger.task('step', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const beside = workflow({
      name: 'beside',
      async run(ctx, { runMs, steps }: { runMs: number; steps: { ms: number; isTimer: boolean }[] }) {
        const effect = ctx.run('effect', async () => {
          ledger.countRun(ctx.info.executionId)
          await pause(runMs)
          return 'done'
        })
        const seen: unknown[] = []
        for (const [n, { ms, isTimer }] of steps.entries()) {
          if (isTimer) await ctx.sleep(ms)
          else seen.push(await ctx.task(step, { ms, n }))
        }
        return [await effect, ...seen]
      },
    })
    return {
      workflows: [beside],
      tasks: [step],
      next() {
        const steps = Array.from({ length: chance.between(2, 12) }, () => ({
          ms: chance.pick([chance.between(0, 300), chance.between(300, 3_000), chance.between(1_000, 9_000)]),
          isTimer: chance.isTrue(0.4),
        }))
        const expected = ['done', ...steps.flatMap(({ isTimer }, n) => (isTimer ? [] : [n]))]
        return {
          kind: 'beside',
          input: { runMs: chance.pick([chance.between(3_000, 30_000), chance.between(20_000, 50_000)]), steps },
          check: ({ output }) => same('the output', output, expected),
        }
      },
    }
  },
}
