/** Pages: every execution that was there, exactly once, whatever is written meanwhile, over any number of shards. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anything } from '../../../engine/index/condition.ts'
import { mergePages, type Place, precedes, readCursor, writeCursor } from '../../../engine/index/page.ts'
import { spreadOf } from '../../../engine/spread.ts'
import type { Order } from '../../../schemas/listing.ts'
import { emptyIndex, summary } from './disk.ts'

const present = { now: 0, unserved: [] }

/** Reads page by page as the route does; `between` runs after each page. */
function readAll(shards: ReturnType<typeof emptyIndex>['store'][], order: Order, limit: number, between: () => void): string[] {
  const ids: string[] = []
  let after: Place | undefined
  for (;;) {
    const pages = shards.map((shard) => shard.page(anything, present, order, limit, after))
    const { items, more } = mergePages(order, pages, limit)
    ids.push(...items.map(({ id }) => id))
    const last = items.at(-1)
    if (!more || last === undefined) return ids
    const cursor = writeCursor(order, last)
    after = readCursor(order, cursor)
    if (after === undefined) throw new Error(`${cursor} was not read back`)
    between()
  }
}

const orders = fc.constantFrom<Order>('newest', 'oldest')

test('each exactly once, in order, while others are written, changed and removed', { timeout: 60_000 }, () => {
  const write = fc.record({
    what: fc.constantFrom('add' as const, 'change' as const, 'remove' as const),
    at: fc.integer({ min: 0, max: 30 }),
    which: fc.nat(),
  })
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 }),
      fc.array(write, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 17 }),
      orders,
      (times, writes, shardCount, limit, order) => {
        const indexes = Array.from({ length: shardCount }, emptyIndex)
        const stores = indexes.map(({ store }) => store)
        const storeOf = (id: string) => stores[spreadOf(id) % shardCount] ?? emptyIndex().store
        const first = times.map((createdAt, index) => summary(`e${index}`, { createdAt }))
        for (const each of first) storeOf(each.id).put(each)
        const removed = new Set<string>()
        const pending = writes.entries()
        const ids = readAll(stores, order, limit, () => {
          for (const [index, { what, at, which }] of pending) {
            const chosen = first[which % Math.max(1, first.length)]
            if (what === 'add') storeOf(`new${index}`).put(summary(`new${index}`, { createdAt: at }))
            else if (chosen === undefined) continue
            else if (what === 'change')
              storeOf(chosen.id).put({ ...chosen, sequence: index + 2, status: 'COMPLETED', startedAt: at })
            else {
              storeOf(chosen.id).remove(chosen)
              removed.add(chosen.id)
            }
            if (index % 3 === 2) return
          }
        })
        expect(new Set(ids).size).toBe(ids.length)
        const places = new Map(
          [...first, ...writes.map(({ at }, index) => summary(`new${index}`, { createdAt: at }))].map((each) => [each.id, each]),
        )
        for (const [index, id] of ids.entries()) {
          const [one, next] = [places.get(id), places.get(ids[index + 1] ?? '')]
          if (one !== undefined && next !== undefined) expect(precedes(order, one, next)).toBe(true)
        }
        for (const { id } of first) if (!removed.has(id)) expect(ids).toContain(id)
        for (const { database } of indexes) database.close()
      },
    ),
    { numRuns: 300 },
  )
})

test('10,000 executions in 8 shards, page by page: each once', { timeout: 60_000 }, () => {
  const stores = Array.from({ length: 8 }, () => emptyIndex().store)
  const ids = Array.from({ length: 10_000 }, (_, index) => `execution-${index}`)
  for (const [index, id] of ids.entries())
    stores[spreadOf(id) % 8]?.put(summary(id, { createdAt: 1_000 + Math.floor(index / 7) }))
  const sizes = stores.map((store) => store.count(anything, present))
  expect(Math.min(...sizes)).toBeGreaterThan(1_000)
  for (const order of ['newest', 'oldest'] as const) {
    const read = readAll(stores, order, 250, () => undefined)
    expect(read).toHaveLength(10_000)
    expect(new Set(read)).toEqual(new Set(ids))
  }
})

test('pages of large executions are shorter, and none is lost', () => {
  const stores = [emptyIndex().store, emptyIndex().store]
  const large = { note: 'x'.repeat(16_000) }
  for (let index = 0; index < 400; index += 1) {
    stores[index < 100 ? 0 : 1]?.put(
      summary(`e${index}`, { createdAt: (index * 7) % 400, attributes: index % 2 === 0 ? large : {} }),
    )
  }
  const [first] = stores
  expect(first?.page(anything, present, 'oldest', 1_000)).toMatchObject({ more: false })
  expect(stores[1]?.page(anything, present, 'oldest', 1_000).more).toBe(true)
  const ids = readAll(stores, 'oldest', 1_000, () => undefined)
  expect(ids).toEqual(Array.from({ length: 400 }, (_, at) => `e${(at * 343) % 400}`))
})

test('a cursor of the other order, or one that we never wrote, is not taken', () => {
  const cursor = writeCursor('newest', { createdAt: 7, id: 'a~b:c' })
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(readCursor('newest', cursor)).toEqual({ createdAt: 7, id: 'a~b:c' })
  expect(readCursor('oldest', cursor)).toBeUndefined()
  for (const text of ['', 'x', '%%%', btoa('[]'), btoa('["newest",-1,"a"]'), btoa('["newest",1,"a/b"]'), btoa('{')])
    expect(readCursor('newest', text)).toBeUndefined()
})
