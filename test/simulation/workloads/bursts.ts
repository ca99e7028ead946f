/** Tasks that end together, round after round: many answers that say nothing, on machines where executions often die. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import { same, type Workload } from '../workload.ts'

/** Early, so that what is lost is to be found again well before all ends. */
const faults = (chance: Chance): Omit<Fault, 'id'>[] => [
  { at: 0, type: 'bad-machine', link: 'service-to-object', object: 'execution', choice: chance.below(1_000), ms: 8_000 },
]

export const bursts: Workload = {
  name: 'bursts',
  faults,
  prepare(chance, ledger) {
    const spark = ledger.task('spark', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const burst = workflow({
      name: 'burst',
      async run(ctx, { rounds }: { rounds: number[][] }) {
        const sums: number[] = []
        for (const round of rounds) {
          const all = await Promise.all(round.map((ms, n) => ctx.task(spark, { ms, n })))
          sums.push(all.reduce<number>((sum, n) => sum + Number(n), 0))
        }
        return sums
      },
    })
    return {
      workflows: [burst],
      tasks: [spark],
      next() {
        const rounds = Array.from({ length: chance.between(2, 3) }, () => {
          const ms = chance.between(5, 400)
          return Array.from({ length: chance.between(2, 8) }, () => ms + chance.below(6))
        })
        return {
          kind: 'burst',
          input: { rounds },
          check: ({ output }) =>
            same(
              'the sums',
              output,
              rounds.map(({ length }) => (length * (length - 1)) / 2),
            ),
        }
      },
    }
  },
}
