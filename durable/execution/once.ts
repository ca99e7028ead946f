/** A request with an Idempotency-Key is done once, and answered the same again for a day. */
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import type { Draft } from '../../engine/execution/draft.ts'
import type { Idempotency } from '../ports.ts'
import type { IdempotencyStore } from './idempotency-store.ts'

/**
 * `rule` refuses before it changes anything: what is refused can be tried again under the same key. `again` makes of an
 * answer what the same request is answered later.
 */
export function once<Value>(
  draft: Draft,
  store: IdempotencyStore,
  idempotency: Idempotency | undefined,
  rule: () => Answer<Value>,
  again: (value: Value) => Value = (value) => value,
): Answer<Value> {
  if (idempotency === undefined) return rule()
  // The same turn may have it already.
  const known = draft.idempotency.find(({ key }) => key === idempotency.key) ?? store.find(idempotency.key, draft.now)
  if (known === undefined) {
    const answer = rule()
    if (answer.ok) draft.idempotency.push({ ...idempotency, answer: JSON.stringify(again(answer.value)) })
    return answer
  }
  if (known.bodyHash !== idempotency.bodyHash) {
    return refused('idempotency_conflict', 'the Idempotency-Key was used with another body')
  }
  return accepted(JSON.parse(known.answer) as Value)
}
