/** The first of several tasks and timers counts; the others are cancelled, or left alone. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import { same, type Workload, workMs } from '../workload.ts'

export const races: Workload = {
  name: 'races',
  prepare(chance, ledger) {
    const runner = ledger.task('runner', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const race = workflow({
      name: 'race',
      async run(ctx, { rounds }: { rounds: { items: number[]; timerMs: number; cancels: boolean }[] }) {
        const winners: number[] = []
        for (const { items, timerMs, cancels } of rounds) {
          const timer = ctx.timer(timerMs)
          const tasks = items.map((ms, n) => ctx.task(runner, { ms, n }))
          const first = await Promise.race([...tasks, timer.then(() => -1)])
          winners.push(Number(first))
          if (!cancels) continue
          for (const each of tasks) each.catch(() => undefined)
          for (const each of [...tasks, timer]) each.cancel()
          timer.catch(() => undefined)
        }
        return winners
      },
    })
    return {
      workflows: [race],
      tasks: [runner],
      next() {
        const rounds = Array.from({ length: chance.between(1, 4) }, () => ({
          items: Array.from({ length: chance.between(1, 4) }, () => workMs(chance)),
          timerMs: chance.between(10, 12_000),
          cancels: chance.isTrue(0.7),
        }))
        return {
          kind: 'race',
          input: { rounds },
          check: ({ output }) => same('the number of winners', Array.isArray(output) && output.length, rounds.length),
        }
      },
    }
  },
}
