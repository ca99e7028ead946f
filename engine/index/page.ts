/**
 * Pages over executions. The order is by creation, then id: neither ever changes, so whatever else is written meanwhile,
 * an execution that was there when the first page was read comes exactly once.
 */
import { z } from 'zod'
import { executionId } from '../../schemas/identity.ts'
import { type Order, order } from '../../schemas/listing.ts'
import { instant } from '../../schemas/values.ts'
import { type Answer, accepted } from '../answer.ts'

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

/** Where a page begins; refused when it is not one that we wrote for this order. */
export function placeAfter(order: Order, text: string | undefined): Answer<Place | undefined> {
  if (text === undefined) return accepted(undefined)
  const place = readCursor(order, text)
  if (place !== undefined) return accepted(place)
  const message = `not a cursor that a page in the order ${order} ended with`
  return { ok: false, refusal: { code: 'invalid_request', message: `cursor: ${message}`, errors: [{ path: 'cursor', message }] } }
}

/** Whether `a` stands before `b`. Ids are ASCII: their order is the same here and on disk. */
export function precedes(order: Order, a: Place, b: Place): boolean {
  const isOlder = a.createdAt !== b.createdAt ? a.createdAt < b.createdAt : a.id < b.id
  return order === 'oldest' ? isOlder : !isOlder && a.id !== b.id
}

/** What one shard answered: its first executions in the order, and whether it has others behind them. */
export interface ShardPage<Item> {
  items: Item[]
  more: boolean
}

/**
 * One page of what the shards answered. It ends with the last execution of a shard that has more: what that shard has next
 * may stand before what the others have.
 */
export function mergePages<Item extends Place>(order: Order, shards: ShardPage<Item>[], limit: number): ShardPage<Item> {
  const ends = new Set(shards.flatMap(({ items, more }) => (more ? (items.at(-1) ?? []) : [])))
  const all = shards.flatMap(({ items }) => items).sort((a, b) => (precedes(order, a, b) ? -1 : precedes(order, b, a) ? 1 : 0))
  const items: Item[] = []
  for (const item of all) {
    items.push(item)
    if (ends.has(item)) return { items, more: true }
    if (items.length === limit) break
  }
  return { items, more: items.length < all.length }
}
