/** Side effects in `ctx.run`, short and long, between and beside tasks. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { pause } from '../../../sdk/http/retry.ts'
import { same, type Workload, workMs } from '../workload.ts'

export const runs: Workload = {
  name: 'runs',
  prepare(chance, ledger) {
    const echo = ledger.task('echo', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const effects = workflow({
      name: 'effects',
      async run(ctx, { steps }: { steps: { runMs: number; taskMs: number; isBeside: boolean; fails: boolean }[] }) {
        const values: unknown[] = []
        for (const [n, { runMs, taskMs, isBeside, fails }] of steps.entries()) {
          const run = () =>
            ctx.run(`run ${n}`, async () => {
              ledger.countRun(`${ctx.info.executionId} ${n}`)
              if (runMs > 0) await pause(runMs)
              if (fails) throw new Error('side effect')
              return n
            })
          const caught = () => run().catch(() => 'failed')
          if (isBeside) values.push(...(await Promise.all([caught(), ctx.task(echo, { ms: taskMs, n })])))
          else values.push(await caught(), await ctx.task(echo, { ms: taskMs, n }))
        }
        return values
      },
    })
    return {
      workflows: [effects],
      tasks: [echo],
      next() {
        const steps = Array.from({ length: chance.between(1, 4) }, () => ({
          runMs: chance.pick([0, 0, 5, 100, 12_000]),
          taskMs: workMs(chance),
          isBeside: chance.isTrue(0.5),
          fails: chance.isTrue(0.2),
        }))
        const expected = steps.flatMap(({ fails }, n) => [fails ? 'failed' : n, n])
        return { kind: 'effects', input: { steps }, check: ({ output }) => same('the output', output, expected) }
      },
    }
  },
}
