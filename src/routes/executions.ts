/** Executions: started, and ended from outside. */
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub } from '../../durable/stubs.ts'
import { startCommandOf } from '../../engine/intake/start-command.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { reasonRequest, startAnswer, startRequest } from '../../schemas/executions.ts'
import { bodyHash, executionIdOf, idempotencyOf } from '../idempotency.ts'
import { executionParam, guarded, idempotencyHeader, json, jsonBody, orgParam, routes } from '../openapi.ts'
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

const terminate = guarded(
  { access: 'operate' },
  {
    method: 'post',
    path: '/workflow-executions/{id}/terminate',
    operationId: 'terminateExecution',
    tags: ['Executions'],
    summary: 'End an execution at once; its code does not see it',
    request: { params: executionParam, headers: idempotencyHeader, body: jsonBody(reasonRequest, false) },
    responses: { 202: json(z.object({}), 'Terminated') },
  },
)

export const executionRoutes = routes()
  .openapi(start, async (c) => {
    const { org } = c.req.valid('param')
    const request = c.req.valid('json')
    const given = c.req.valid('header')['idempotency-key']
    const keyed = request.id === undefined && given !== undefined
    const executionId = request.id ?? (keyed ? await executionIdOf(org, given) : uuid())
    const { settings } = c.get('organisation')
    const hashed = keyed ? { bodyHash: await bodyHash(request) } : {}
    const command = startCommandOf(request, { org, executionId, limits: settings.limits, ...hashed })
    if ('code' in command) return refuse(c, command)
    if (!(await rememberQueue(c.env, org, command.queue))) return refuse(c, tooManyQueues)
    const answer = await executionStub(c.env, org, executionId).start(command)
    if (!answer.ok) return refuse(c, answer.refusal)
    const { id, run, isNew, status, created } = answer.value
    return created ? c.json({ id, run, isNew, status }, 201) : c.json({ id, run, isNew, status }, 200)
  })
  .openapi(terminate, async (c) => {
    const { org, id } = c.req.valid('param')
    const request = c.req.valid('json')
    const answer = await executionStub(c.env, org, id).terminate({
      by: c.get('principal').name,
      ...(request.reason !== undefined && { reason: request.reason }),
      ...(await idempotencyOf(c.req.valid('header')['idempotency-key'], request)),
    })
    return answer.ok ? c.json({}, 202) : refuse(c, answer.refusal)
  })

export const tooManyQueues: Refusal = { code: 'invalid_request', message: 'the organisation has too many queues' }
