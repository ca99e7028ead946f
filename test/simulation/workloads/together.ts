/** Tasks that all end in the same millisecond, on one worker or on several, round after round. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { pause } from '../../../sdk/http/retry.ts'
import { same, type Workload } from '../workload.ts'

/** All end at a multiple of this. */
const beatMs = 250
const untilNextBeat = (): number => beatMs - (performance.now() % beatMs)

export const together: Workload = {
  name: 'together',
  prepare(chance, ledger) {
    const options = { retry: { maximumAttempts: 0 } }
    const stamp = ledger.task(
      'stamp',
      async ({ n }: { ms: number; n: number }, { signal }) => {
        await pause(untilNextBeat(), signal)
        return n
      },
      options,
    )
    const choir = workflow({
      name: 'choir',
      async run(ctx, { rounds }: { rounds: number[] }) {
        const sums: number[] = []
        for (const voices of rounds) {
          const all = await Promise.all(Array.from({ length: voices }, (_, n) => ctx.task(stamp, { ms: 0, n })))
          sums.push(all.reduce<number>((sum, n) => sum + Number(n), 0))
        }
        return sums
      },
    })
    return {
      workflows: [choir],
      tasks: [stamp],
      next() {
        const rounds = Array.from({ length: chance.between(1, 4) }, () => chance.pick([1, 2, 3, 8, 40]))
        const sums = rounds.map((voices) => (voices * (voices - 1)) / 2)
        return { kind: 'choir', input: { rounds }, check: ({ output }) => same('the sums', output, sums) }
      },
    }
  },
}
