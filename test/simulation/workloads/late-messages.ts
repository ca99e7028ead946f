/** Tasks that end soon after each other, while one kind of message is late: who has sent it goes on without an answer. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import { same, type Workload } from '../workload.ts'

type Own = Omit<Fault, 'id'>

/** Early, so that what is lost is to be found again well before all ends. */
function faults(chance: Chance): Own[] {
  const from = chance.between(0, 2_000)
  const times = (count: number): Pick<Own, 'at' | 'choice'>[] =>
    Array.from({ length: count }, () => ({ at: chance.between(from, from + 4_000), choice: chance.below(1_000) }))
  return chance.pick([lateAnswers, lateAnswers, lateClaims])(chance, times)
}

type Times = (count: number) => Pick<Own, 'at' | 'choice'>[]

/** The execution has been evicted when its answer arrives. A delay of odd ms is of the answer. */
function lateAnswers(chance: Chance, times: Times): Own[] {
  const any = { link: 'worker-to-service', object: 'execution' } as const
  const late = times(20).map((time) => ({ ...any, ...time, type: 'delay' as const, ms: 2 * chance.between(100, 1_000) + 1 }))
  const gone = times(100).map((time) => ({ ...any, ...time, type: 'evict-execution' as const, ms: 0 }))
  return [...late, ...gone]
}

/** A queue waits for one execution, while there is work of others. */
function lateClaims(chance: Chance, times: Times): Own[] {
  const any = { link: 'queue-to-execution', object: 'queue' } as const
  return times(3).map((time) => ({ ...any, ...time, type: 'delay' as const, ms: chance.between(20_000, 45_000) }))
}

export const lateMessages: Workload = {
  name: 'late-messages',
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
