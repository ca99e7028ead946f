/** What clients say to a flow that is steered: words in their order, everything else anywhere between them. */
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { pause, resume } from '../../../engine/execution/pausing.ts'
import { settlePromise } from '../../../engine/execution/promises.ts'
import { takeSignal } from '../../../engine/execution/signals.ts'
import type { Chance } from '../chance.ts'
import type { Act } from '../workload.ts'
import type { Steering } from './steered-flow.ts'

const word = (n: number): Act => ({
  what: `word ${n}`,
  say: (draft) => takeSignal(draft, { name: 'word', signalId: `word-${n}`, payload: String(n) }),
})
const go = (n: number): Act => ({
  what: `go ${n}`,
  say: (draft) => takeSignal(draft, { name: 'go', signalId: `go-${n}`, payload: String(n) }),
})
const pay: Act = {
  what: 'pay',
  say: (draft) => settlePromise(draft, 'paid', { outcome: 'RESOLVED', payload: '"paid"' }),
}
const refuse: Act = {
  what: 'refuse to pay',
  say: (draft) => settlePromise(draft, 'paid', { outcome: 'REJECTED', payload: '{"type":"No","message":"no"}' }),
}
const cancel: Act = { what: 'cancel', say: (draft) => requestCancellation(draft, 'client', 'enough') }
const rest: readonly [Act, Act] = [
  { what: 'pause', say: (draft) => pause(draft, 'client', undefined) },
  { what: 'resume', say: (draft) => resume(draft, 'client', undefined) },
]
const payments: Record<Steering['pays'], Act[]> = { never: [], resolved: [pay], rejected: [refuse], twice: [pay, pay] }

export function flowActs(chance: Chance, words: number, { isCancelled, goes, pays }: Steering): Act[] {
  const acts = Array.from({ length: words }, (_, n) => word(n))
  const insert = (...others: Act[]): void => void acts.splice(chance.between(0, acts.length), 0, ...others)
  const [pausing, resuming] = rest
  // While it is paused, before or after its time is up.
  if (goes !== 'never') insert(...(chance.isTrue(0.3) ? [pausing, go(1), resuming] : [go(1)]))
  if (goes === 'twice') acts.push(go(2))
  for (const each of payments[pays]) insert(each)
  for (let pauses = chance.between(0, 3); pauses > 0; pauses -= 1) insert(...rest)
  if (isCancelled) insert(cancel)
  // While it is paused it may be asked to end as well.
  return acts.map((act) => ({ ...act, afterMs: chance.isTrue(0.7) ? chance.below(400) : chance.below(8_000) }))
}
