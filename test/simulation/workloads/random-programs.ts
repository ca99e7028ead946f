/** Random programs over tasks, timers, side effects and the four combinators. */
import fc from 'fast-check'
import { task } from '../../../sdk/definition/task.ts'
import { ApplicationFailure } from '../../../sdk/failures/application-failure.ts'
import { pause } from '../../../sdk/http/retry.ts'
import { interpreter } from '../interpreter.ts'
import { programs } from '../program.ts'
import { same, type Workload, workMs } from '../workload.ts'

export const randomPrograms: Workload = {
  name: 'random-programs',
  prepare(chance, ledger) {
    const body = (name: string, run: () => unknown) =>
      task({
        name,
        retry: { maximumAttempts: 0 },
        async run(_: unknown, ctx) {
          ledger.begin(ctx)
          await pause(workMs(chance), ctx.signal)
          return run()
        },
      })
    return {
      workflows: [interpreter],
      tasks: [
        body('work', () => 'done'),
        body('failing', () => {
          throw new ApplicationFailure('it fails', { nonRetryable: true })
        }),
      ],
      next() {
        const [program] = fc.sample(programs(true), { seed: chance.below(2 ** 31), numRuns: 1 })
        return { kind: interpreter.name, input: program, check: ({ status }) => same('the status', status, 'COMPLETED') }
      },
    }
  },
}
