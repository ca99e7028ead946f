/** Trees of workflows: children with tasks, signals to them, some that fail, some that their parent cancels. */
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { Chance } from '../chance.ts'
import { same, type Workload, workMs } from '../workload.ts'

interface Member {
  ms: number
  fails: boolean
  /** It cancels its first child when its own work is done. */
  cancels: boolean
  /** Signals that its parent sends it, and that it waits for. */
  signals: number
  children: Member[]
}

function grow(chance: Chance, generations: number): Member {
  const isRoot = generations === 2
  return {
    ms: Math.min(workMs(chance), 3_000),
    fails: !isRoot && chance.isTrue(0.15),
    cancels: chance.isTrue(0.2),
    signals: !isRoot && chance.isTrue(0.4) ? chance.between(1, 3) : 0,
    children:
      generations === 0 ? [] : Array.from({ length: chance.between(isRoot ? 1 : 0, 2) }, () => grow(chance, generations - 1)),
  }
}

const cancelsAny = ({ cancels, children }: Member): boolean => cancels || children.some(cancelsAny)

/** How many members come to a good end when nobody is cancelled. */
const headsOf = ({ children }: Member): number => children.reduce((sum, child) => sum + (child.fails ? 0 : headsOf(child)), 1)

export const families: Workload = {
  name: 'families',
  prepare(chance, ledger) {
    const chore = ledger.task('chore', ({ ms }: { ms: number }) => ms)
    const member = workflow({
      name: 'member',
      async run(ctx, { ms, fails, cancels, signals, children }: Member): Promise<number> {
        const begun = children.map((child) => {
          const open = ctx.child<number>('member', child)
          for (let n = 0; n < child.signals; n += 1) open.signal('news', n).catch(() => undefined)
          return open
        })
        for (let n = 0; n < signals; n += 1) {
          const value = await ctx.signals('news').next()
          if (value !== n) throw new Error(`the news ${String(value)} came at place ${n}`)
        }
        await ctx.task(chore, { ms })
        if (cancels) begun[0]?.cancel()
        if (fails) throw new Error('no')
        const ended = await Promise.allSettled(begun)
        return ended.reduce((sum, end) => sum + (end.status === 'fulfilled' ? end.value : 0), 1)
      },
    })
    return {
      workflows: [member],
      tasks: [chore],
      next() {
        const root = grow(chance, 2)
        return {
          kind: 'member',
          input: root,
          check: ({ status, output, count }) => {
            const begun = count('CHILD_WORKFLOW_INITIATED')
            if (begun !== count('CHILD_WORKFLOW_STARTED')) return `${begun} children, not all of them started`
            const wrong = same('the status', status, 'COMPLETED')
            if (wrong !== undefined || cancelsAny(root)) return wrong
            return same('the number of heads', output, headsOf(root))
          },
        }
      },
    }
  },
}
