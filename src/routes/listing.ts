/** Finding executions. Their index answers: it may be a second behind them. */

import type { IndexPort, IndexQuestion } from '../../durable/execution-index/port.ts'
import { indexStub } from '../../durable/stubs.ts'
import { asksForStuck, type Condition } from '../../engine/index/condition.ts'
import { conditionOf } from '../../engine/index/filters.ts'
import { mergePages, placeAfter, writeCursor } from '../../engine/index/page.ts'
import { shardCount } from '../../engine/index/shards.ts'
import { shown } from '../../engine/index/summary.ts'
import { executionCount, executionPage, filters, listLimits, listQuery } from '../../schemas/listing.ts'
import type { AppContext } from '../app-env.ts'
import { guarded, json, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { unservedKinds } from '../unserved.ts'

const language =
  '`query` narrows further: `status = RUNNING AND attributes.customer = "x" AND startedAt > "2026-11-01"`; the guide *Finding executions* ' +
  'has the whole language. The index is a moment behind the executions.'

const list = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/workflow-executions',
    operationId: 'listExecutions',
    tags: ['Executions'],
    summary: 'Find executions, page by page, in the order of their creation',
    description: `An execution that was there when the first page was read comes exactly once. ${language}`,
    request: { params: orgParam, query: listQuery },
    responses: { 200: json(executionPage, 'A page of executions') },
  },
)

const count = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/workflow-executions/count',
    operationId: 'countExecutions',
    tags: ['Executions'],
    summary: 'How many executions there are',
    description: language,
    request: { params: orgParam, query: filters },
    responses: { 200: json(executionCount, 'The count') },
  },
)

export const listingRoutes = routes()
  .openapi(list, async (c) => {
    const { order = 'newest', limit = listLimits.defaultPage, cursor, ...wanted } = c.req.valid('query')
    const condition = conditionOf(wanted)
    if (!condition.ok) return refuse(c, condition.refusal)
    const after = placeAfter(order, cursor)
    if (!after.ok) return refuse(c, after.refusal)
    const question = await questionOf(c, condition.value)
    const asked = { ...question, order, limit, ...(after.value !== undefined && { after: after.value }) }
    const pages = await Promise.all(shards(c).map((shard) => shard.page(asked)))
    const { items, more } = mergePages(order, pages, limit)
    const last = items.at(-1)
    const next = more && last !== undefined ? { nextCursor: writeCursor(order, last) } : {}
    return c.json({ items: items.map(shown), ...next }, 200)
  })
  .openapi(count, async (c) => {
    const condition = conditionOf(c.req.valid('query'))
    if (!condition.ok) return refuse(c, condition.refusal)
    const question = await questionOf(c, condition.value)
    const counts = await Promise.all(shards(c).map((shard) => shard.count(question)))
    return c.json({ count: counts.reduce((sum, each) => sum + each, 0) }, 200)
  })

const questionOf = async (c: AppContext, condition: Condition): Promise<IndexQuestion> => ({
  condition,
  unserved: asksForStuck(condition) ? await unservedKinds(c.env, c.get('organisation')) : [],
})

/** All that there are: an execution stays in the shard of its creation. */
function shards(c: AppContext): IndexPort[] {
  const { org, indexShards } = c.get('organisation')
  return Array.from({ length: shardCount(indexShards ?? []) }, (_, shard) => indexStub(c.env, org, shard))
}
