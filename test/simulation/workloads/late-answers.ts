/** Tasks that end soon after each other, and answers that are late: who gave them has been evicted when they arrive. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import { same, type Workload } from '../workload.ts'

const any = { link: 'worker-to-service', object: 'execution' } as const
/** A delay of odd ms is of the answer. */
const lateMs = (chance: Chance): number => 2 * chance.between(100, 1_000) + 1

/** Early, so that what is lost is to be found again well before all ends. */
function faults(chance: Chance): Omit<Fault, 'id'>[] {
  const from = chance.between(0, 2_000)
  const when = () => chance.between(from, from + 4_000)
  const choice = () => chance.below(1_000)
  const late = Array.from({ length: 20 }, () => ({
    ...any,
    at: when(),
    type: 'delay' as const,
    choice: choice(),
    ms: lateMs(chance),
  }))
  const gone = Array.from({ length: 40 }, () => ({
    ...any,
    at: when(),
    type: 'evict-execution' as const,
    choice: choice(),
    ms: 0,
  }))
  return [...late, ...gone]
}

export const lateAnswers: Workload = {
  name: 'late-answers',
  isFocused: true,
  faults,
  prepare(chance, ledger) {
    const step = ledger.task('step', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const staggered = workflow({
      name: 'staggered',
      async run(ctx, { ends }: { ends: number[] }) {
        const all = await Promise.all(ends.map((ms, n) => ctx.task(step, { ms, n })))
        return all.length
      },
    })
    return {
      workflows: [staggered],
      tasks: [step],
      next() {
        const apartMs = chance.between(50, 600)
        const ends = Array.from({ length: chance.between(3, 8) }, (_, n) => n * apartMs + chance.below(50))
        return { kind: 'staggered', input: { ends }, check: ({ output }) => same('the count', output, ends.length) }
      },
    }
  },
}
