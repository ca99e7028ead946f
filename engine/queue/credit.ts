/** Who may be given work, and how it is shared out. */
import type { WorkType } from '../lease.ts'
import type { Draft } from './draft.ts'
import { dropSilent, isSilent } from './presence.ts'
import { canTake, type Demand, freeCredit, isPresent, type Session } from './session.ts'

/** Sessions that are here, can take it and have free credit. One that has stopped to ping is found out here. */
export function takers(draft: Draft, demand: Demand): Session[] {
  const found: Session[] = []
  for (const session of draft.state.sessions.values()) {
    if (!isPresent(session) || session.draining || freeCredit(session, demand.type) <= 0 || !canTake(session, demand)) continue
    if (isSilent(draft, session)) dropSilent(draft, session)
    else found.push(session)
  }
  return found
}

export const hasTaker = (draft: Draft, type: WorkType): boolean => {
  for (const session of draft.state.sessions.values()) {
    if (isPresent(session) && !session.draining && freeCredit(session, type) > 0) return true
  }
  return false
}

export interface Allotment {
  session: string
  count: number
}

/** Shares `wanted` so that what is left free is as even as it can be: those with the most free credit give first. */
export function allot(sessions: Session[], type: WorkType, wanted: number): Allotment[] {
  const ranked = sessions
    .map((session) => ({ session: session.session, free: freeCredit(session, type) }))
    .sort((a, b) => b.free - a.free)
  let sum = 0
  let givers = 0
  for (const { free } of ranked) {
    // Level with the next one already yields enough.
    if (givers > 0 && sum - givers * free >= wanted) break
    sum += free
    givers += 1
  }
  const level = givers === 0 ? 0 : Math.max(0, Math.floor((sum - wanted) / givers))
  let excess = Math.max(0, sum - givers * level - wanted)
  const shares: Allotment[] = []
  for (const { session, free } of ranked.slice(0, givers).reverse()) {
    const spared = excess > 0 && free > level ? 1 : 0
    excess -= spared
    if (free - level - spared > 0) shares.push({ session, count: free - level - spared })
  }
  return shares.reverse()
}
