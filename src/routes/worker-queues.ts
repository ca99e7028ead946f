/** How workers get work, by socket or by long-poll, and how they answer for a batch of it. */

import { z } from 'zod'
import { sendBatch, splitBatch } from '../../durable/completions.ts'
import { connectHeaders } from '../../durable/ports.ts'
import { partitionCount, rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub, queueStub } from '../../durable/stubs.ts'
import { present } from '../../engine/intake/present.ts'
import { queueName } from '../../schemas/identity.ts'
import { limits } from '../../schemas/limits.ts'
import { completions, completionsAnswer, poll, pollAnswer } from '../../schemas/reports.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import { passOn, sendText } from '../answer.ts'
import type { AppContext } from '../app-env.ts'
import { faultOf } from '../fault.ts'
import { guarded, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { noUpgrade } from '../upgrade.ts'
import { tooManyQueues } from './executions.ts'

const queueParam = orgParam.extend({ queue: queueName })
const partition = z
  .string()
  .regex(/^\d{1,3}$/, 'a partition is a number')
  .transform(Number)
const inPartition = z.strictObject({ partition: partition.optional() })

const connect = guarded(
  { access: 'work', keysMaxAgeMs: 0 },
  {
    method: 'get',
    path: '/queues/{queue}/connect',
    operationId: 'connectWorker',
    tags: ['Worker doors'],
    summary: 'A worker’s WebSocket',
    description: `Subprotocol \`${protocol.subprotocol}\`; the key may come as a second one, \`${protocol.keyPrefix}<key>\`.`,
    request: { params: queueParam, query: inPartition },
    responses: { 101: { description: 'Connected' } },
  },
)

const pollRoute = guarded(
  { access: 'work', bodyBytes: limits.workerRequestBytes },
  {
    method: 'post',
    path: '/queues/{queue}/poll',
    operationId: 'pollQueue',
    tags: ['Worker doors'],
    summary: 'Ask for work and wait for it; what comes is leased for 30 s and renewed by heartbeats',
    request: { params: queueParam, query: inPartition, body: jsonBody(poll) },
    responses: { 200: json(pollAnswer, 'Work, or none after `waitMs`') },
  },
)

const complete = guarded(
  { access: 'work', bodyBytes: limits.workerRequestBytes },
  {
    method: 'post',
    path: '/worker/completions',
    operationId: 'reportBatch',
    tags: ['Worker doors'],
    summary: 'Report a batch, of any executions',
    request: { params: orgParam, body: jsonBody(completions) },
    responses: { 200: json(completionsAnswer, 'One result for each report, one reply for each execution') },
  },
)

export const workerQueueRoutes = routes()
  .openapi(connect, async (c) => {
    const { org, queue } = c.req.valid('param')
    const { partition = 0 } = c.req.valid('query')
    const refusal = noUpgrade(c)
    if (refusal !== undefined) return refuse(c, refusal)
    const partitions = await partitionCount(c.env, org, queue)
    if (partition >= partitions) return refuse(c, noPartition(partition, partitions))
    if (!(await rememberQueue(c.env, org, queue))) return refuse(c, tooManyQueues)
    return passOn(await queueStub(c.env, org, queue, partition).fetch(connectRequest(c, partitions)))
  })
  .openapi(pollRoute, async (c) => {
    const { org, queue } = c.req.valid('param')
    const { partition = 0 } = c.req.valid('query')
    const partitions = await partitionCount(c.env, org, queue)
    if (partition >= partitions) return refuse(c, noPartition(partition, partitions))
    if (!(await rememberQueue(c.env, org, queue))) return refuse(c, tooManyQueues)
    const { build, ...rest } = c.req.valid('json')
    const { name: keyId, expiresAt: keyExpiresAt } = c.get('principal')
    const request = { ...rest, keyId, ...present({ build, keyExpiresAt }) }
    const answer = await queueStub(c.env, org, queue, partition).poll(request)
    return answer.ok ? sendText(answer.value, 200) : refuse(c, answer.refusal)
  })
  .openapi(complete, async (c) => {
    const { org, settings } = c.get('organisation')
    const batch = splitBatch(c.req.valid('json'), settings.limits.payloadBytes ?? limits.payloadBytes)
    if ('code' in batch) return refuse(c, batch)
    const text = await sendBatch(batch, async (executionId, request) => {
      try {
        return await executionStub(c.env, org, executionId).report(request)
      } catch (error) {
        return { ok: false, refusal: faultOf(error, c.get('requestId')) }
      }
    })
    return sendText(text, 200)
  })

const noPartition = (partition: number, partitions: number) => ({
  code: 'invalid_request' as const,
  message: `there is no partition ${partition}: the queue has ${partitions}`,
  errors: [{ path: 'partition', message: `at most ${partitions - 1}` }],
})

/** The key stays here: the queue learns who connected, not with what. */
function connectRequest(c: AppContext, partitions: number): Request {
  const { name, expiresAt } = c.get('principal')
  const headers = new Headers({
    Upgrade: 'websocket',
    'Sec-WebSocket-Protocol': protocol.subprotocol,
    [connectHeaders.keyId]: name,
    [connectHeaders.partitions]: String(partitions),
  })
  if (expiresAt !== undefined) headers.set(connectHeaders.keyExpiresAt, String(expiresAt))
  return new Request(c.req.url, { headers })
}
