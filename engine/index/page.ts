/**
 * Pages over executions. The order is by creation, then id: neither ever changes, so whatever else is written meanwhile,
 * an execution that was there when the first page was read comes exactly once.
 */
import { z } from 'zod'
import { executionId } from '../../schemas/identity.ts'
import { type Order, order } from '../../schemas/listing.ts'
import { instant } from '../../schemas/values.ts'

/** Where an execution stands in the order. */
export interface Place {
  createdAt: number
  id: string
}

const cursor = z.tuple([order, instant, executionId])

/** It says after which execution the next page begins, and in which order. */
export const writeCursor = (order: Order, { createdAt, id }: Place): string =>
  btoa(JSON.stringify([order, createdAt, id]))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Undefined when it is not one that we wrote for this order. */
export function readCursor(order: Order, text: string): Place | undefined {
  let value: unknown
  try {
    value = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    return undefined
  }
  const { success, data } = cursor.safeParse(value)
  if (!success || data[0] !== order) return undefined
  return { createdAt: data[1], id: data[2] }
}

/** Whether `a` stands before `b`. Ids are ASCII: their order is the same here and on disk. */
export function precedes(order: Order, a: Place, b: Place): boolean {
  const isOlder = a.createdAt !== b.createdAt ? a.createdAt < b.createdAt : a.id < b.id
  return order === 'oldest' ? isOlder : !isOlder && a.id !== b.id
}

/**
 * One page of what the shards answered, each with its first `limit` or more; `more` when something is left beyond it.
 */
export function mergePages<Item extends Place>(order: Order, shards: Item[][], limit: number): { items: Item[]; more: boolean } {
  const all = shards.flat().sort((a, b) => (precedes(order, a, b) ? -1 : precedes(order, b, a) ? 1 : 0))
  return { items: all.slice(0, limit), more: all.length > limit }
}
