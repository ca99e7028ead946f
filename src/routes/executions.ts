/** Executions are started. */
import { v7 as uuid } from 'uuid'
import { pinned } from '../../durable/flow-pinning.ts'
import { rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub } from '../../durable/stubs.ts'
import { startCommandOf } from '../../engine/intake/start-command.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { startAnswer, startRequest } from '../../schemas/executions.ts'
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
      'Without `id`, an `Idempotency-Key` makes the start repeatable.',
    request: { params: orgParam, headers: idempotencyHeader, body: jsonBody(startRequest) },
    responses: { 201: json(startAnswer, 'Started'), 200: json(startAnswer, 'It was there already') },
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
  const answer = await executionStub(c.env, org, executionId).start(start.value)
  if (!answer.ok) return refuse(c, answer.refusal)
  const { id, run, isNew, status, created } = answer.value
  return created ? c.json({ id, run, isNew, status }, 201) : c.json({ id, run, isNew, status }, 200)
})

export const tooManyQueues: Refusal = { code: 'invalid_request', message: 'the organisation has too many queues' }
