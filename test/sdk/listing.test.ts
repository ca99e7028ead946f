/** Finding executions with the client: what it sends, and how it reads on. */
import { expect, test } from 'vitest'
import { Client } from '../../sdk/client/client.ts'
import type { Send } from '../../sdk/client/execution-requests.ts'

const item = (id: string) => ({
  id,
  run: 1,
  kind: 'album',
  queue: 'default',
  status: 'WAITING',
  createdAt: 1,
  startedAt: 1,
  attributes: { tags: ['a'], n: 1, vip: true },
  waitsFor: 'what a newer service adds',
})

/** A service with three pages. */
function stage(): { client: Client; paths: string[] } {
  const paths: string[] = []
  const send: Send = async ({ method, path }) => {
    paths.push(`${method} ${path}`)
    if (path.startsWith('/workflow-executions/count')) return { status: 200, body: { count: 7 } }
    const page = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0)
    const next = page < 2 ? { nextCursor: String(page + 1) } : {}
    return { status: 200, body: { items: [item(`e${2 * page}`), item(`e${2 * page + 1}`)], ...next } }
  }
  return { client: new Client({ send }), paths }
}

test('iterated, a list is all executions, and asks for a page when it is wanted', async () => {
  const { client, paths } = stage()
  const list = client.list()
  expect(paths).toEqual([])
  const ids: string[] = []
  for await (const { id } of list) {
    ids.push(id)
    expect(paths).toHaveLength(Math.ceil(ids.length / 2))
  }
  expect(ids).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5'])
  expect(paths[1]).toBe('GET /workflow-executions?cursor=1')
})

test('whoever leaves early asks for nothing more', async () => {
  const { client, paths } = stage()
  for await (const _ of client.list()) break
  expect(paths).toHaveLength(1)
})

test('awaited, a list is its first page, and its cursor begins the next list', async () => {
  const { client } = stage()
  const { items, nextCursor } = await client.list({ limit: 2 })
  expect(items.map(({ id }) => id)).toEqual(['e0', 'e1'])
  expect(items[0]).toMatchObject({ status: 'WAITING', attributes: { tags: ['a'], n: 1, vip: true } })
  const rest = await client.list({ ...(nextCursor !== undefined && { cursor: nextCursor }) })
  expect(rest.items.map(({ id }) => id)).toEqual(['e2', 'e3'])
  const sizes: number[] = []
  for await (const page of client.list({ cursor: '1' }).pages()) sizes.push(page.items.length)
  expect(sizes).toEqual([2, 2])
})

test('every filter is sent, and values of several kinds as several', async () => {
  const { client, paths } = stage()
  const filters = {
    query: 'attributes.customer = "a & b"',
    status: ['RUNNING', 'PENDING'] as const,
    kind: 'album',
    queue: ['default', 'media'],
    parent: 'order-1',
    startedAfter: new Date('2026-11-01T00:00:00Z'),
    startedBefore: 1_800_000_000_000,
  }
  await client.list({ ...filters, order: 'oldest', limit: 5 })
  const shared =
    'status=RUNNING&status=PENDING&kind=album&queue=default&queue=media&parent=order-1' +
    '&startedAfter=1793491200000&startedBefore=1800000000000&query=attributes.customer+%3D+%22a+%26+b%22'
  expect(paths).toEqual([`GET /workflow-executions?${shared}&order=oldest&limit=5`])
  expect(await client.count(filters)).toBe(7)
  expect(paths[1]).toBe(`GET /workflow-executions/count?${shared}`)
})

test('a refusal is thrown where the list is read', async () => {
  const refused = new Error('query: line 1, column 3: …')
  const client = new Client({ send: () => Promise.reject(refused) })
  await expect(client.list({ query: '??' })).rejects.toBe(refused)
  await expect(client.list({ query: '??' })[Symbol.asyncIterator]().next()).rejects.toBe(refused)
  await expect(client.count({ query: '??' })).rejects.toBe(refused)
})
