/** A test environment finds its executions by the filters and the language of the service. */
import { expect, test } from 'vitest'
import { PerdureError, task, workflow } from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

const missing = task({ name: 'missing', run: () => 1 })
const order = workflow({
  name: 'order',
  async run(ctx, { customer, fails = false }: { customer: string; fails?: boolean }) {
    ctx.setAttributes({ customer })
    await ctx.sleep('1 hour')
    if (fails) throw new Error('no')
    return customer
  },
})
const stuck = workflow({ name: 'stuck', run: (ctx) => ctx.task(missing, undefined) })

const create = () => TestEnvironment.create({ workflows: [order, stuck] })
const idsOf = ({ items }: { items: { id: string }[] }): string => items.map(({ id }) => id).join()

test('executions are found as they are: by status, attributes, kind, time, and what is stuck', async () => {
  await using env = await create()
  const { client } = env
  await env.start(order, { customer: 'x' }, { id: 'a' })
  await env.start(order, { customer: 'y', fails: true }, { id: 'b' })
  expect(idsOf(await client.list({ query: 'attributes.customer = "x"' }))).toBe('a')
  expect(await client.count({ status: ['WAITING', 'PENDING'] })).toBe(2)
  await env.time.advance('2 hours')
  await env.start(stuck, undefined, { id: 'c' })
  expect(await client.list({ query: 'status = FAILED' })).toMatchObject({
    items: [{ id: 'b', kind: 'order', attributes: { customer: 'y' } }],
  })
  expect(await client.count({ kind: 'stuck', startedAfter: env.time.now() - 1_000 })).toBe(1)
  expect(await client.count({ query: 'stuck = true' })).toBe(0)
  await env.time.advance('1 minute')
  expect(idsOf(await client.list({ query: 'stuck = true' }))).toBe('c')
})

test('pages are in the order of creation, each execution once', async () => {
  await using env = await create()
  for (let n = 0; n < 7; n += 1) {
    await env.start(order, { customer: 'x' }, { id: `order-${n}` })
    await env.time.advance(n % 2)
  }
  const pages = []
  for await (const page of env.client.list({ order: 'oldest', limit: 3 }).pages()) pages.push(idsOf(page))
  expect(pages).toEqual(['order-0,order-1,order-2', 'order-3,order-4,order-5', 'order-6'])
  expect(idsOf(await env.client.list({ limit: 2 }))).toBe('order-6,order-5')
})

test('a query that makes no sense, and a cursor that is none, are refused as by the service', async () => {
  await using env = await create()
  const refusal = async (asked: object): Promise<unknown> =>
    Promise.resolve(env.client.list(asked)).then(
      () => 'found',
      (error: unknown) => PerdureError.is(error) && `${error.code}: ${error.message}`,
    )
  expect(await refusal({ query: 'kind = RUNNING' })).toMatch(/^invalid_request: query: line 1, column 8: /)
  expect(await refusal({ cursor: 'x' })).toMatch(/^invalid_request: cursor: not a cursor/)
  expect(await refusal({ limit: 0 })).toMatch(/^invalid_request: .*limit/)
})
