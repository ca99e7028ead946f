/** Signals to executions, also to one that the signal itself starts. */
import { v7 as uuid } from 'uuid'
import { pinned } from '../../durable/flow-pinning.ts'
import { rememberQueue } from '../../durable/settings-cache.ts'
import { executionStub } from '../../durable/stubs.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { startCommandOf } from '../../engine/intake/start-command.ts'
import { signalAnswer, signalRequest, signalWithStartAnswer, signalWithStartRequest } from '../../schemas/executions.ts'
import { name } from '../../schemas/identity.ts'
import { limits } from '../../schemas/limits.ts'
import { actionOf, bodyHash, executionIdOf, signalIdOf } from '../idempotency.ts'
import { executionParam, guarded, idempotencyHeader, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { tooManyQueues } from './executions.ts'

const signal = guarded(
  { access: 'operate' },
  {
    method: 'post',
    path: '/workflow-executions/{id}/signals/{name}',
    operationId: 'signalExecution',
    tags: ['Executions'],
    summary: 'Send a signal',
    description:
      'It waits until the code takes it. The same `signalId`, or `Idempotency-Key`, again is the same signal. ' +
      `At most ${limits.signalsUnread} signals wait for the code to be given them.`,
    request: {
      params: executionParam.extend({ name }),
      headers: idempotencyHeader,
      body: jsonBody(signalRequest, false),
    },
    responses: { 202: json(signalAnswer, 'Taken; `sequence` is where it is in the log') },
  },
)

const signalWithStart = guarded(
  { access: 'operate' },
  {
    method: 'post',
    path: '/workflow-executions/signal-with-start',
    operationId: 'signalWithStart',
    tags: ['Executions'],
    summary: 'Send a signal, and start the execution if it is not there',
    description: 'One transaction: the execution has the signal from its beginning, or had it before.',
    request: { params: orgParam, headers: idempotencyHeader, body: jsonBody(signalWithStartRequest) },
    responses: {
      201: json(signalWithStartAnswer, 'Started with the signal'),
      200: json(signalWithStartAnswer, 'It was there already, and has the signal'),
    },
  },
)

export const signalRoutes = routes()
  .openapi(signal, async (c) => {
    const { org, id, name } = c.req.valid('param')
    const request = c.req.valid('json')
    const key = c.req.valid('header')['idempotency-key']
    const texts = new PayloadText(c.get('organisation').settings.limits.payloadBytes ?? limits.payloadBytes)
    const command = {
      name,
      signalId: request.signalId ?? (key === undefined ? uuid() : signalIdOf(key)),
      ...texts.field('payload', request.payload, 'payload'),
    }
    if (texts.refusal) return refuse(c, texts.refusal)
    const idempotency = actionOf(key, `signals/${name}`, request)
    const answer = await executionStub(c.env, org, id).signal(command, idempotency)
    return answer.ok ? c.json({ sequence: answer.value.sequence }, 202) : refuse(c, answer.refusal)
  })
  .openapi(signalWithStart, async (c) => {
    const { org } = c.req.valid('param')
    const body = c.req.valid('json')
    const { signal: sent, ...request } = body
    const key = c.req.valid('header')['idempotency-key']
    const isKeyed = request.id === undefined && key !== undefined
    const executionId = request.id ?? (isKeyed ? executionIdOf(org, key) : uuid())
    const { settings } = c.get('organisation')
    const hashed = isKeyed ? { bodyHash: bodyHash(body) } : {}
    const command = startCommandOf(request, { org, executionId, limits: settings.limits, ...hashed })
    if ('code' in command) return refuse(c, command)
    const texts = new PayloadText(settings.limits.payloadBytes ?? limits.payloadBytes)
    const signalled = {
      name: sent.name,
      signalId: sent.signalId ?? (key === undefined ? uuid() : signalIdOf(key)),
      ...texts.field('payload', sent.payload, 'signal.payload'),
    }
    if (texts.refusal) return refuse(c, texts.refusal)
    if (!(await rememberQueue(c.env, org, command.queue))) return refuse(c, tooManyQueues)
    const start = await pinned(c.env, command)
    if (!start.ok) return refuse(c, start.refusal)
    // An id that came from the key stands for the request: the start itself knows a repeat.
    const idempotency = isKeyed ? undefined : actionOf(key, 'signal-with-start', body)
    const answer = await executionStub(c.env, org, executionId).signalWithStart(start.value, signalled, idempotency)
    if (!answer.ok) return refuse(c, answer.refusal)
    const { id, run, isNew, sequence, created } = answer.value
    return created ? c.json({ id, run, isNew, sequence }, 201) : c.json({ id, run, isNew, sequence }, 200)
  })
