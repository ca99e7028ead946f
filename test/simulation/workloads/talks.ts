/** Clients that talk to executions: signals in order, values for promises early and twice, pauses, requests to end. */
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { pause as hold, resume } from '../../../engine/execution/pausing.ts'
import { settlePromise } from '../../../engine/execution/promises.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import { workflow } from '../../../sdk/definition/workflow.ts'
import { pause } from '../../../sdk/http/retry.ts'
import type { Chance } from '../chance.ts'
import { type Act, type Outcome, same, type Workload, workMs } from '../workload.ts'

/** So long is a side effect, after which the log must be read as far as others have written. */
const looksMs = 5

interface Talk {
  words: number
  answers: number
  asides: number
  ms: number
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

const word = (n: number): Act => ({
  what: `word ${n}`,
  say: (draft) => takeSignal(draft, { name: 'word', signalId: `word-${n}`, payload: String(n) }),
})
const aside = (n: number): Act => ({
  what: `aside ${n}`,
  say: (draft) => takeSignal(draft, { name: 'aside', signalId: `aside-${n}` }),
})
const answer = (n: number): Act => ({
  what: `answer ${n}`,
  say: (draft) => settlePromise(draft, `answer-${n}`, { outcome: 'RESOLVED', payload: String(n) }),
})
const cancel: Act = { what: 'cancel', say: (draft) => requestCancellation(draft, 'client', 'enough') }
const rest: readonly Act[] = [
  { what: 'pause', say: (draft) => hold(draft, 'client', undefined) },
  { what: 'resume', say: (draft) => resume(draft, 'client', undefined) },
]

/** Words in their order, everything else anywhere between them. */
function script(chance: Chance, { words, answers, asides }: Talk, isCancelled: boolean): Act[] {
  const acts = upTo(words).map(word)
  const insert = (...others: Act[]): void => void acts.splice(chance.between(0, acts.length), 0, ...others)
  for (const n of upTo(answers)) for (let times = chance.between(1, 2); times > 0; times -= 1) insert(answer(n))
  for (const n of upTo(asides)) insert(aside(n))
  for (let pauses = chance.between(0, 2); pauses > 0; pauses -= 1) insert(...rest)
  if (isCancelled) insert(cancel)
  return acts.map((act) => ({ ...act, afterMs: chance.isTrue(0.8) ? chance.below(400) : chance.below(6_000) }))
}

export const talks: Workload = {
  name: 'talks',
  prepare(chance, ledger) {
    const note = ledger.task('note', ({ n }: { ms: number; n: number }) => n, { retry: { maximumAttempts: 0 } })
    const tidy = ledger.task('tidy', ({ ms }: { ms: number }) => ms, { retry: { maximumAttempts: 0 } })
    const talk = workflow({
      name: 'talk',
      async run(ctx, { words, answers, asides, ms }: Talk) {
        const heard: unknown[] = []
        let said = 0
        ctx.onSignal('aside', () => {
          said += 1
        })
        try {
          for (const n of upTo(words)) {
            heard.push(await ctx.signals('word').next())
            if (n % 2 === 1) await ctx.run('look', () => pause(looksMs))
            ctx.state.set('heard', heard.length)
            if (n % 3 === 2) await ctx.task(note, { ms, n })
          }
          const values = await Promise.all(upTo(answers).map((n) => ctx.promise(`answer-${n}`)))
          await ctx.until(() => said === asides)
          ctx.setAttributes({ said })
          return { heard, values, said }
        } finally {
          await ctx.shield((safe) => safe.task(tidy, { ms: 20 }))
        }
      },
    })
    return {
      workflows: [talk],
      tasks: [note, tidy],
      next() {
        const isCancelled = chance.isTrue(0.25)
        const isBrief = chance.isTrue(0.2)
        const input: Talk = {
          words: chance.between(0, 12),
          answers: chance.between(0, 3),
          asides: chance.between(0, 3),
          ms: Math.min(workMs(chance), 9_000),
        }
        return {
          kind: 'talk',
          input,
          // What was said to a run that is replaced is not said again.
          timeoutMs: isBrief ? chance.between(300, 6_000) : 240_000,
          acts: script(chance, input, isCancelled),
          check: (outcome) => complaint(outcome, input, { mayCancel: isCancelled, isBrief }),
        }
      },
    }
  },
}

function complaint(
  { status, output, isCalm, count }: Outcome,
  { words, answers, asides }: Talk,
  { mayCancel, isBrief }: { mayCancel: boolean; isBrief: boolean },
) {
  if (status === 'CANCELLED' && mayCancel) {
    return same('the clean-ups of a cancelled talk', count('TASK_SCHEDULED') >= 1, true)
  }
  if (status === 'TIMED_OUT' && (isBrief || !isCalm)) return undefined
  return same(
    'the talk',
    { status, output },
    { status: 'COMPLETED', output: { heard: upTo(words), values: upTo(answers), said: asides } },
  )
}
