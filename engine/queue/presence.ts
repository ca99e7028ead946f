/**
 * Who is connected: the queue alone judges that (L9).
 *
 * 1. A closed socket is a loss after `graceMs`, one missing since the object's start after `coldMs`.
 * 2. A half-open socket is found by missing pings, but only while it matters: nothing is asked of an idle worker.
 */

import type { Draft } from './draft.ts'
import type { Holding } from './holdings.ts'
import { isPresent, type Session } from './session.ts'
import type { QueueState } from './state.ts'

export const graceMs = 3_000
export const coldMs = 10_000
export const silentMs = 30_000
export const listenEveryMs = 10_000
/** A socket that has not said hello by then is closed, as soon as the object is awake. */
const helloWithinMs = 10_000

/** Close codes: 4000 and above are the application's. */
export const closeCode = { refused: 4_000, replaced: 4_001, silent: 4_002, keyEnded: 4_003 } as const

export const isSilent = (draft: Draft, session: Session): boolean =>
  session.presence.type === 'attached' &&
  draft.now - Math.max(draft.heardOf(session.session) ?? 0, session.connectedAt) > silentMs

/** Until when sessions that were here before the object started may come back; 0 when none is missing. */
export function coldUntil(state: QueueState): number {
  let until = 0
  for (const { presence } of state.sessions.values()) {
    if (presence.type === 'away' && presence.cold) until = Math.max(until, presence.until)
  }
  return until
}

/** The socket is closed; its worker may come back. */
export function leave(draft: Draft, id: string): void {
  if (draft.state.greetings.has(id)) draft.mark({ type: 'greeting-ended', id })
  const presence = draft.state.sessions.get(id)?.presence
  // Whose close is told was here when the object started, even if it seemed to be missing.
  const wasHere = presence?.type === 'attached' || (presence?.type === 'away' && presence.cold)
  if (!wasHere) return
  draft.record({ type: 'session-left', id, until: draft.now + graceMs })
}

/** Closes from this side. */
export function dismiss(draft: Draft, id: string, code: number, reason: string): void {
  const session = draft.state.sessions.get(id)
  if (session?.presence.type === 'polling') {
    if (session.draining) return
    // Its answer may have to wait for a claim in flight; it is given nothing else.
    draft.mark({ type: 'draining', id })
    draft.mark({ type: 'credited', id, credits: session.reserved })
  }
  draft.effect({ type: 'close', session: id, code, reason })
  leave(draft, id)
}

/** Closes what was opened with this key. */
export function revokeKey(draft: Draft, keyId: string): void {
  const connected = [...draft.state.sessions.values()].filter(isPresent)
  for (const each of [...draft.state.greetings.values(), ...connected]) {
    if (each.keyId === keyId) dismiss(draft, each.session, closeCode.keyEnded, 'the key was revoked')
  }
}

/** The session will not come back: all it held is lost. */
export function forget(draft: Draft, session: Session): void {
  loseItems(draft, session.session, draft.state.holdings.of(session.session))
  draft.record({ type: 'session-forgotten', id: session.session })
}

export function dropSilent(draft: Draft, session: Session): void {
  draft.effect({ type: 'close', session: session.session, code: closeCode.silent, reason: 'no ping for 30 s' })
  forget(draft, session)
}

/** Reports items as lost with their session. */
export function loseItems(draft: Draft, session: string, items: Holding[]): void {
  const groups = new Map<string, Holding[]>()
  for (const item of items) {
    const key = `${item.executionId}\n${item.run}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  for (const group of groups.values()) {
    const [{ executionId, run } = { executionId: '', run: 0 }] = group
    const id = draft.state.losses.nextId
    draft.mark({ type: 'items-lost', id, loss: { executionId, run, session, items: group }, at: draft.now })
    reportLoss(draft, id)
  }
}

export function reportLoss(draft: Draft, id: number): void {
  const delivery = draft.state.losses.get(id)
  if (delivery === undefined) return
  const { executionId, run, session, items } = delivery.message
  draft.mark({ type: 'loss-sent', id, at: draft.now })
  draft.effect({
    type: 'lost',
    id,
    executionId,
    run,
    items: items.map(({ id: item, attempt, unsent }) => ({ id: item, attempt, ...(unsent && { unsent }) })),
    session,
  })
}

/** The execution has taken note. */
export function lossDelivered(draft: Draft, id: number): void {
  const delivery = draft.state.losses.get(id)
  if (delivery !== undefined) draft.record({ type: 'loss-delivered', id, items: delivery.message.items })
}

/** Sessions whose time is over. */
export function endOverdue(draft: Draft): void {
  for (const session of [...draft.state.sessions.values()]) {
    const { presence, keyExpiresAt } = session
    if (presence.type === 'away') {
      if (presence.until <= draft.now) forget(draft, session)
    } else if (keyExpiresAt !== undefined && keyExpiresAt <= draft.now) {
      dismiss(draft, session.session, closeCode.keyEnded, 'the key has expired')
    }
  }
  for (const greeting of [...draft.state.greetings.values()]) {
    const until = Math.min(greeting.connectedAt + helloWithinMs, greeting.keyExpiresAt ?? Number.POSITIVE_INFINITY)
    if (until <= draft.now) dismiss(draft, greeting.session, closeCode.refused, 'no hello within 10 s')
  }
}

/** Looks for half-open sockets among those whose loss would strand work. */
export function listen(draft: Draft): void {
  if (draft.now - draft.state.listenedAt < listenEveryMs) return
  draft.mark({ type: 'listened', at: draft.now })
  for (const forgotten of draft.state.holdings.forgotten(draft.now)) draft.record({ type: 'item-dropped', holding: forgotten })
  for (const session of [...draft.state.sessions.values()]) {
    if (isPresent(session) && draft.state.holdings.keepsFor(session.session) && isSilent(draft, session))
      dropSilent(draft, session)
  }
}
