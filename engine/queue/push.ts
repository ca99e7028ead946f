/** Giving an item to a session that is here: one credit, one message. */
import type { Holder, WorkBody, WorkType } from '../lease.ts'
import type { Draft } from './draft.ts'
import type { Holding } from './holdings.ts'
import { holderOf, slotOf } from './session.ts'

export function push(
  draft: Draft,
  sessionId: string,
  work: { executionId: string; run: number; type: WorkType },
  item: WorkBody,
): Holder | undefined {
  const session = draft.state.sessions.get(sessionId)
  if (session === undefined) return undefined
  const slot = slotOf(work.type)
  const holder = holderOf(session, draft.state.address)
  draft.mark({ type: 'credited', id: sessionId, credits: { ...session.credits, [slot]: session.credits[slot] - 1 } })
  const { executionId, run, type } = work
  const { id, attempt, token } = item
  const old = draft.state.holdings.find({ executionId, run, id })
  if (old !== undefined) dropHolding(draft, old)
  draft.mark({
    type: 'item-held',
    holding: { executionId, run, type, id, attempt, token, holder, vouched: true, kept: false, at: draft.now },
  })
  draft.send(sessionId, { type: 'work', workType: type, body: item.body })
  return holder
}

export function dropHolding(draft: Draft, holding: Holding): void {
  draft.record({ type: 'item-dropped', holding })
}
