/** Tasks that take too long for one of the four timeouts, work under `withTimeout`, runs with a time limit, and sleep. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Workload } from '../workload.ts'

export const timeouts: Workload = {
  name: 'timeouts',
  prepare(chance, ledger) {
    const slow = ledger.task('slow', () => 'done', { retry: { initialInterval: 100, maximumAttempts: 3 } })
    const hurried = workflow({
      name: 'hurried',
      async run(ctx, { items, naps }: { items: { ms: number; limit: string; limitMs: number }[]; naps: number[] }) {
        const results = await Promise.allSettled(
          items.map(({ ms, limit, limitMs }) => {
            if (limit === 'withTimeout') return ctx.withTimeout(limitMs, ctx.task(slow, { ms }))
            return ctx.task(slow, { ms }, { [limit]: limitMs })
          }),
        )
        for (const nap of naps) await ctx.sleep(nap)
        return results.map(({ status }) => status)
      },
    })
    return {
      workflows: [hurried],
      tasks: [slow],
      next() {
        const items = Array.from({ length: chance.between(1, 5) }, () => ({
          ms: chance.pick([10, 500, 3_000, 7_000, 20_000]),
          limit: chance.pick([
            'startToCloseTimeout',
            'scheduleToStartTimeout',
            'scheduleToCloseTimeout',
            'heartbeatTimeout',
            'withTimeout',
          ]),
          limitMs: chance.pick([300, 1_000, 4_000, 15_000]),
        }))
        const naps = Array.from({ length: chance.below(3) }, () => chance.between(0, 8_000))
        const timeoutMs = chance.isTrue(0.2) ? chance.between(500, 30_000) : undefined
        return {
          kind: 'hurried',
          input: { items, naps },
          ...(timeoutMs !== undefined && { timeoutMs }),
          check({ status, output, isCalm }) {
            if (status === 'TIMED_OUT' && timeoutMs !== undefined) return undefined
            if (!Array.isArray(output)) return `it ended as ${status}`
            if (!isCalm) return undefined
            const wrong = items.findIndex(
              ({ limit, ms, limitMs }, index) =>
                output[index] === 'fulfilled' && ms > limitMs + 1_000 && limit !== 'scheduleToStartTimeout',
            )
            return wrong === -1 ? undefined : `item ${wrong} is fulfilled and took longer than it might`
          },
        }
      },
    }
  },
}
