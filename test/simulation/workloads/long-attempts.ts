/** Tasks that take long, while workers die, queues restart, and what executions answer to queues is lost for long. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import { same, type Workload } from '../workload.ts'

/** Of a bad link: answers alone are lost. */
const answersLost = 1

const fault = (type: Fault['type'], at: number, ms: number, choice: number): Omit<Fault, 'id'> => ({
  at,
  type,
  link: 'queue-to-execution',
  object: 'queue',
  choice,
  ms,
})

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  const badFrom = chance.between(4_000, 12_000)
  const badMs = chance.between(12_000, 25_000)
  const within = (least: number): number => badFrom + chance.between(least, badMs)
  const some = (type: Fault['type'], least: number) =>
    Array.from({ length: chance.between(1, 3) }, () => fault(type, within(least), 0, chance.below(1_000)))
  return [fault('bad-link', badFrom, badMs, answersLost), ...some('kill-worker', 0), ...some('crash-queue', 6_000)]
}

export const longAttempts: Workload = {
  name: 'long-attempts',
  faults,
  prepare(chance, ledger) {
    const slow = ledger.task('slow', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const patient = workflow({
      name: 'patient',
      run: (ctx, { items }: { items: { ms: number; n: number }[] }) => Promise.all(items.map((item) => ctx.task(slow, item))),
    })
    return {
      workflows: [patient],
      tasks: [slow],
      next() {
        const items = Array.from({ length: chance.between(1, 5) }, (_, n) => ({ ms: chance.between(6_000, 20_000), n }))
        return {
          kind: 'patient',
          input: { items },
          check: ({ output }) =>
            same(
              'the output',
              output,
              items.map(({ n }) => n),
            ),
        }
      },
    }
  },
}
