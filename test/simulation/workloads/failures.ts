/** Tasks that fail for good, code that catches it or does not, and tidies up in `finally`. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

class BadInput extends Error {
  override readonly name = 'BadInput'
}

export const failures: Workload = {
  name: 'failures',
  prepare(chance, ledger) {
    const strict = ledger.task(
      'strict',
      ({ isBad }: { ms: number; isBad: boolean }) => {
        if (isBad) throw new BadInput('no')
        return 'good'
      },
      { retry: { maximumAttempts: 0, nonRetryable: ['BadInput'] } },
    )
    const careful = workflow({
      name: 'careful',
      async run(ctx, { items, catches }: { items: { ms: number; isBad: boolean }[]; catches: boolean }) {
        const said: string[] = []
        for (const item of items) {
          try {
            said.push(String(await ctx.task(strict, item)))
          } catch (error) {
            if (!catches) throw error
            said.push('caught')
          } finally {
            await ctx.task(strict, { ms: 5, isBad: false })
          }
        }
        return said
      },
    })
    return {
      workflows: [careful],
      tasks: [strict],
      next() {
        const items = Array.from({ length: chance.between(1, 4) }, () => ({ ms: workMs(chance), isBad: chance.isTrue(0.4) }))
        const catches = chance.isTrue(0.6)
        const fails = !catches && items.some(({ isBad }) => isBad)
        return {
          kind: 'careful',
          input: { items, catches },
          check: ({ status, output }) =>
            fails
              ? same('the status', status, 'FAILED')
              : same(
                  'the output',
                  output,
                  items.map(({ isBad }) => (isBad ? 'caught' : 'good')),
                ),
        }
      },
    }
  },
}
