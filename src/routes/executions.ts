/** Executions are started. */
import { v7 as uuid } from 'uuid'
import { pinned } from '../../durable/flow-pinning.ts'
import { rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub } from '../../durable/stubs.ts'
import { startCommandOf } from '../../engine/intake/start-command.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { resultQuery, startRequest, waitedStartAnswer } from '../../schemas/executions.ts'
import { sendText } from '../answer.ts'
import { bodyHash, executionIdOf } from '../idempotency.ts'
import { guarded, idempotencyHeader, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const start = guarded(
  { access: 'operate' },
  {
    method: 'post',
    path: '/workflow-executions',
    operationId: 'startExecution',
    tags: ['Executions'],
    summary: 'Start a workflow',
    description:
      'An id that exists is answered by `onConflict` while it is open and by `idReuse` when it is closed. ' +
      'Without `id`, an `Idempotency-Key` makes the start repeatable. With `waitMs` the answer comes when the execution has closed, ' +
      'with its `result`, or after that time without.',
    request: { params: orgParam, query: resultQuery, headers: idempotencyHeader, body: jsonBody(startRequest) },
    responses: { 201: json(waitedStartAnswer, 'Started'), 200: json(waitedStartAnswer, 'It was there already') },
  },
)

export const executionRoutes = routes().openapi(start, async (c) => {
  const { org } = c.req.valid('param')
  const request = c.req.valid('json')
  const given = c.req.valid('header')['idempotency-key']
  const keyed = request.id === undefined && given !== undefined
  const executionId = request.id ?? (keyed ? executionIdOf(org, given) : uuid())
  const { settings } = c.get('organisation')
  const hashed = keyed ? { bodyHash: bodyHash(request) } : {}
  const command = startCommandOf(request, { org, executionId, limits: settings.limits, ...hashed })
  if ('code' in command) return refuse(c, command)
  if (!(await rememberQueue(c.env, org, command.queue))) return refuse(c, tooManyQueues)
  const start = await pinned(c.env, command)
  if (!start.ok) return refuse(c, start.refusal)
  const answer = await executionStub(c.env, org, executionId).start(start.value, c.req.valid('query').waitMs)
  if (!answer.ok) return refuse(c, answer.refusal)
  const { created, result, ...started } = answer.value
  const text = JSON.stringify(started)
  const shown = result === undefined ? text : `${text.slice(0, -1)},"result":${result}}`
  return created ? sendText(shown, 201) : sendText(shown, 200)
})

export const tooManyQueues: Refusal = { code: 'invalid_request', message: 'the organisation has too many queues' }
