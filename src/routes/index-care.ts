/** Making the index anew from what the executions say of themselves: `npm run index:rebuild` calls this, id by id. */
import { z } from 'zod'
import type { Reconciled } from '../../durable/execution-index/port.ts'
import { executionStub, indexStub } from '../../durable/stubs.ts'
import { shardCount, shardOf } from '../../engine/index/shards.ts'
import type { Summary } from '../../engine/index/summary.ts'
import { executionId } from '../../schemas/identity.ts'
import { guarded, json, jsonBody, orgParam, routes } from '../openapi.ts'

const mostIds = 500
const atOnce = 32

const request = z.strictObject({ ids: z.array(executionId).min(1).max(mostIds) })
const answer = z.object({ unchanged: z.number().int(), corrected: z.number().int(), removed: z.number().int() })

const rebuild = guarded(
  { access: 'administer' },
  {
    method: 'post',
    path: '/index/rebuild',
    operationId: 'rebuildIndex',
    tags: ['Organisation'],
    summary: 'Ask these executions what they are, and make the index say the same',
    description: `At most ${mostIds} ids at a time. Ids that no execution has lose their rows. Changes nothing but the index.`,
    request: { params: orgParam, body: jsonBody(request) },
    responses: { 200: json(answer, 'What was found') },
  },
)

export const indexCareRoutes = routes().openapi(rebuild, async (c) => {
  const { org, indexShards = [] } = c.get('organisation')
  const ids = [...new Set(c.req.valid('json').ids)]
  const askedAt = Date.now()
  const summaries: Summary[] = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const asked = ids.slice(from, from + atOnce).map((id) => executionStub(c.env, org, id).summary())
    summaries.push(...(await Promise.all(asked)).filter((summary) => summary !== undefined))
  }
  // Every shard hears of every id: one may have a row that belongs to another.
  const answers = await Promise.all(
    Array.from({ length: shardCount(indexShards) }, (_, shard) =>
      indexStub(c.env, org, shard).reconcile({
        ids,
        summaries: summaries.filter(({ id, createdAt }) => shardOf(indexShards, id, createdAt) === shard),
        askedAt,
      }),
    ),
  )
  return c.json(answers.reduce(sum), 200)
})

const sum = (one: Reconciled, other: Reconciled): Reconciled => ({
  unchanged: one.unchanged + other.unchanged,
  corrected: one.corrected + other.corrected,
  removed: one.removed + other.removed,
})
