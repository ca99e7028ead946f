/** What workers say that they hold, confirmed with its executions. */
import type { InFlightItem } from '../../schemas/socket/up.ts'
import type { Draft } from './draft.ts'
import type { Holding } from './holdings.ts'
import { loseItems } from './presence.ts'
import { dropHolding } from './push.ts'
import { holderOf } from './session.ts'

export function askConfirmation(draft: Draft, session: string, executionId: string, items: InFlightItem[]): void {
  const id = draft.state.confirmations.nextId
  draft.mark({ type: 'confirming', id, confirmation: { executionId, session, items }, at: draft.now })
  sendConfirmation(draft, id)
}

export function sendConfirmation(draft: Draft, id: number): void {
  const delivery = draft.state.confirmations.get(id)
  if (delivery === undefined) return
  const { executionId, session, items } = delivery.message
  const holder = draft.state.sessions.get(session)
  if (holder === undefined) {
    draft.mark({ type: 'confirm-ended', id })
    return
  }
  draft.mark({ type: 'confirm-sent', id, at: draft.now })
  const asked = items.map(({ run, id: item, token }) => ({ run, id: item, token }))
  draft.effect({ type: 'confirm', id, executionId, items: asked, holder: holderOf(holder, draft.state.address) })
}

/** True: the work is the session's. False: it is over or given away, and the worker is told to stop. */
export function confirmAnswered(draft: Draft, id: number, answers: boolean[]): void {
  const delivery = draft.state.confirmations.get(id)
  if (delivery === undefined) return
  draft.mark({ type: 'confirm-ended', id })
  const { session: sessionId, items } = delivery.message
  const session = draft.state.sessions.get(sessionId)
  const orphans: Holding[] = []
  for (const [index, item] of items.entries()) {
    const attempt = attemptOf(item.token)
    const holding = draft.state.holdings.find(item)
    if (answers[index] !== true) {
      if (holding?.holder.session === sessionId && holding.attempt === attempt) dropHolding(draft, holding)
      cancelTask(draft, sessionId, { ...item, attempt }, 'the work is over, or was given to another worker')
      continue
    }
    if (holding !== undefined && holding.attempt !== attempt) dropHolding(draft, holding)
    const holder =
      session === undefined
        ? { ...draft.state.address, session: sessionId, workerId: '' }
        : holderOf(session, draft.state.address)
    const type = item.id.startsWith('activation-') ? 'activation' : 'task'
    const { executionId, run, id: work, token } = item
    // Where there is no row, the execution will soon ask for one.
    const kept = holding?.attempt === attempt && holding.kept
    const confirmed = { executionId, run, type, id: work, attempt, token, holder, vouched: true, kept, at: draft.now } as const
    const other = holding?.attempt === attempt && holding.holder.session !== sessionId ? holding.holder.session : undefined
    if (session === undefined && other === undefined) orphans.push(confirmed)
    // Another session of the worker has it by now: the execution must hear of that one last.
    else if (session === undefined)
      askConfirmation(draft, other ?? sessionId, executionId, [{ executionId, run, id: work, token }])
    else if (kept) draft.record({ type: 'item-kept', holding: confirmed })
    else draft.mark({ type: 'item-held', holding: confirmed })
  }
  loseItems(draft, sessionId, orphans)
}

/** Only tasks can be told to stop; the answer to an activation that was taken back is simply refused. */
export function cancelTask(
  draft: Draft,
  session: string,
  work: { executionId: string; run: number; id: string; attempt: number },
  reason: string,
): void {
  if (!work.id.startsWith('task-') || draft.state.sessions.get(session)?.presence.type !== 'attached') return
  const { executionId, run, id, attempt } = work
  draft.send(session, { type: 'cancelTask', executionId, run, taskId: id, attempt, reason })
}

export const attemptOf = (token: string): number => Number(token.slice(0, token.indexOf('.')))
