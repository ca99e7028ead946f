/** Waiting work of one kind and priority: what one offer speaks of. */
import type { WorkType } from '../lease.ts'

export interface OfferGroup {
  key: string
  type: WorkType
  queue: string
  kind: string
  priority: number
  /** Ready or being offered, oldest first: id → since when. */
  waiting: Map<string, number>
  /** Those of them that are in an offer on its way. */
  offering: Set<string>
  /** Something came that the queue has not been told of. */
  dirty: boolean
  /** An offer is on its way. */
  sending: boolean
  /** The count that the queue was last told. */
  told: number
  toldAt: number
  /** A queue asked in vain while the offer was on its way: it must be told again. */
  missed: boolean
  /** When an offer last failed to arrive. */
  failedAt: number
}

export const groupKey = (type: WorkType, queue: string, kind: string, priority: number): string =>
  `${type}/${queue}/${priority}/${kind}`

export const blankGroup = (type: WorkType, queue: string, kind: string, priority: number): OfferGroup => ({
  key: groupKey(type, queue, kind, priority),
  type,
  queue,
  kind,
  priority,
  waiting: new Map(),
  offering: new Set(),
  dirty: false,
  sending: false,
  told: 0,
  toldAt: 0,
  missed: false,
  failedAt: 0,
})

/** Since when its oldest work has waited. */
export const oldest = (group: OfferGroup): number => group.waiting.values().next().value ?? 0

/** What waits and is in no offer on its way. */
export const readyCount = (group: OfferGroup): number => group.waiting.size - group.offering.size

/**
 * The oldest of that, at most so many and so much: they travel in one message, whose size is limited. At least one if
 * there is one.
 */
export function firstReady(group: OfferGroup, most: number, sizeOf: (id: string) => number): string[] {
  const ids: string[] = []
  let size = 0
  for (const id of group.waiting.keys()) {
    if (ids.length >= most) break
    if (group.offering.has(id)) continue
    size += sizeOf(id)
    if (size > messageCharacters && ids.length > 0) break
    ids.push(id)
  }
  return ids
}

/** Authors' values in one message between objects. The platform takes 32 MiB, and counts up to 2 bytes a character. */
export const messageCharacters = 4_194_304
