/** Executions: started, and ended from outside. */
import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub } from '../../durable/stubs.ts'
import type { StartCommand } from '../../engine/execution/commands.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { reasonRequest, type StartRequest, startAnswer, startRequest } from '../../schemas/executions.ts'
import { limits } from '../../schemas/limits.ts'
import type { AppContext } from '../app-env.ts'
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
    const command = startCommand(c, executionId, request, keyed ? { bodyHash: await bodyHash(request) } : {})
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

function startCommand(
  c: AppContext,
  executionId: string,
  request: StartRequest,
  hashed: { bodyHash?: string },
): StartCommand | Refusal {
  const { org, settings } = c.get('organisation')
  const texts = new PayloadText(settings.limits.payloadBytes ?? limits.payloadBytes)
  const side = new PayloadText(limits.attributeBytes)
  if (request.attributes) side.of(request.attributes, 'attributes')
  if (request.headers) side.of(request.headers, 'headers')
  const command: StartCommand = {
    org,
    executionId,
    kind: request.kind,
    queue: request.queue ?? 'default',
    ...texts.field('input', request.input, 'input'),
    ...texts.field('memo', request.memo, 'memo'),
    ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
    ...(request.startAfterMs !== undefined && { startAfterMs: request.startAfterMs }),
    ...(request.attributes && { attributes: request.attributes }),
    ...(request.headers && { headers: request.headers }),
    idReuse: request.idReuse ?? 'USE_EXISTING',
    onConflict: request.onConflict ?? 'USE_EXISTING',
    ...hashed,
    limits: {
      openTasks: settings.limits.openTasks ?? limits.openTasks,
      eventsPerRun: settings.limits.eventsPerRun ?? limits.eventsPerRun,
    },
  }
  return texts.refusal ?? side.refusal ?? command
}
