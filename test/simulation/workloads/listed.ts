/** Executions in an index: attributes that change, rests and work, ends of every sort; some are deleted and begun anew. */

import { accepted } from '../../../engine/answer.ts'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { terminate } from '../../../engine/execution/closing.ts'
import { pause, resume } from '../../../engine/execution/pausing.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import { task } from '../../../sdk/definition/task.ts'
import { workflow } from '../../../sdk/definition/workflow.ts'
import type { WorkflowContext } from '../../../sdk/definition/workflow-context.ts'
import { pause as wait } from '../../../sdk/http/retry.ts'
import type { Chance } from '../chance.ts'
import { type Act, type Start, type Workload, workMs } from '../workload.ts'

type Step = { type: 'work' | 'sleep' | 'child'; ms: number } | { type: 'word'; n: number }

interface Course {
  steps: Step[]
  fails: boolean
}

const word = (n: number): Act => ({
  what: `word ${n}`,
  say: (draft) => takeSignal(draft, { name: 'word', signalId: `word-${n}`, payload: String(n) }),
})
const steering: readonly [readonly Act[], ...(readonly Act[])[]] = [
  [],
  [],
  [],
  [
    { what: 'pause', say: (draft) => pause(draft, 'client', undefined) },
    { what: 'resume', say: (draft) => resume(draft, 'client', undefined) },
  ],
  [{ what: 'cancel', say: (draft) => requestCancellation(draft, 'client', 'enough') }],
  [
    {
      what: 'terminate',
      say(draft) {
        if (draft.run.closed === undefined) terminate(draft, 'client', undefined)
        return accepted(null)
      },
    },
  ],
]

function course(chance: Chance, types: readonly [Step['type'], ...Step['type'][]]): Course {
  let words = 0
  const steps = Array.from({ length: chance.between(0, 5) }, (): Step => {
    const type = chance.pick(types)
    if (type !== 'word') return { type, ms: workMs(chance) }
    words += 1
    return { type, n: words }
  })
  return { steps, fails: chance.isTrue(0.2) }
}

function script(chance: Chance, { steps }: Course, mayEnd: boolean): Act[] {
  const acts = steps.flatMap((step) => (step.type === 'word' ? [word(step.n)] : []))
  const more = chance.pick(steering)
  const isEnd = more.length === 1
  if (!isEnd || mayEnd) acts.splice(chance.between(0, acts.length), 0, ...more)
  return acts.map((act) => ({ ...act, afterMs: chance.isTrue(0.7) ? chance.below(1_500) : chance.below(12_000) }))
}

const ends = new Set(['COMPLETED', 'FAILED', 'CANCELLED'])

export const listed: Workload = {
  name: 'listed',
  isListed: true,
  prepare(chance, ledger) {
    const counted = ledger.task('counted', ({ ms }: { ms: number }) => ms, { retry: { maximumAttempts: 0 } })
    // What is deleted and begun anew has tasks of the same names.
    const uncounted = task({
      name: 'uncounted',
      retry: { maximumAttempts: 0 },
      run: async ({ ms }: { ms: number }, ctx) => wait(ms, ctx.signal),
    })
    const follow = (work: typeof counted | typeof uncounted) =>
      async function run(ctx: WorkflowContext, { steps, fails }: Course): Promise<number> {
        for (const [n, step] of steps.entries()) {
          ctx.setAttributes({ step: n, ...(n > 1 && { words: ['many', String(n)] }) })
          if (step.type === 'work') await ctx.task(work, { ms: step.ms })
          else if (step.type === 'sleep') await ctx.sleep(step.ms)
          else if (step.type === 'word') await ctx.signals('word').next()
          else await ctx.child('leaf', { ms: step.ms })
        }
        if (fails) throw new Error('no')
        return steps.length
      }
    const leaf = workflow({
      name: 'leaf',
      async run(ctx, { ms }: { ms: number }) {
        ctx.setAttributes({ leaf: true })
        await ctx.sleep(ms)
      },
    })
    const next = (kind: string, types: Parameters<typeof course>[1], mayEnd: boolean): Start => {
      const input = course(chance, types)
      const acts = script(chance, input, mayEnd)
      return {
        kind,
        input,
        // What was said to a run that is replaced is not said again.
        timeoutMs: 240_000,
        acts,
        check({ status, isCalm }) {
          return ends.has(status) || (status === 'TIMED_OUT' && !isCalm) ? undefined : `the status is ${status}`
        },
      }
    }
    return {
      workflows: [
        workflow({ name: 'staying', run: follow(counted) }),
        workflow({ name: 'passing', run: follow(uncounted) }),
        leaf,
      ],
      tasks: [counted, uncounted],
      // Who ended it is known of what is started and steered here alone.
      next: () => next('staying', ['work', 'work', 'sleep', 'word', 'child'], false),
      passing: () => next('passing', ['work', 'sleep', 'word', 'child'], true),
    }
  },
}
