/** Promises of a workflow, settled from outside. */
import { executionStub } from '../../durable/stubs.ts'
import type { Answer } from '../../engine/answer.ts'
import type { Settled } from '../../engine/execution/promises.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { rejectRequest, resolveRequest, settledAnswer } from '../../schemas/executions.ts'
import { name } from '../../schemas/identity.ts'
import { limits } from '../../schemas/limits.ts'
import type { AppContext } from '../app-env.ts'
import { actionOf } from '../idempotency.ts'
import { executionParam, guarded, idempotencyHeader, json, jsonBody, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const promise = '/workflow-executions/{id}/promises/{nameOrId}' as const
const common = {
  method: 'post' as const,
  tags: ['Executions'],
  description:
    'By name it is the oldest open promise of that name; when there is none yet, the outcome is kept for the one that the ' +
    'code will make. `promise-N` is always an id. What is settled stays as it is: `alreadySettled`.',
  responses: { 200: json(settledAnswer, 'Settled, now or before') },
}
const params = executionParam.extend({ nameOrId: name })

const resolve = guarded(
  { access: 'operate' },
  {
    ...common,
    path: `${promise}/resolve`,
    operationId: 'resolvePromise',
    summary: 'Resolve a promise',
    request: { params, headers: idempotencyHeader, body: jsonBody(resolveRequest, false) },
  },
)

const reject = guarded(
  { access: 'operate' },
  {
    ...common,
    path: `${promise}/reject`,
    operationId: 'rejectPromise',
    summary: 'Reject a promise',
    request: { params, headers: idempotencyHeader, body: jsonBody(rejectRequest) },
  },
)

export const promiseRoutes = routes()
  .openapi(resolve, async (c) => {
    const { org, id, nameOrId } = c.req.valid('param')
    const request = c.req.valid('json')
    const texts = textsOf(c)
    const value = texts.field('payload', request.value, 'value')
    if (texts.refusal) return refuse(c, texts.refusal)
    const key = c.req.valid('header')['idempotency-key']
    const idempotency = actionOf(key, `promises/${nameOrId}/resolve`, request)
    const settlement = { outcome: 'RESOLVED' as const, ...value }
    return settled(c, await executionStub(c.env, org, id).settlePromise(nameOrId, settlement, idempotency))
  })
  .openapi(reject, async (c) => {
    const { org, id, nameOrId } = c.req.valid('param')
    const request = c.req.valid('json')
    const texts = textsOf(c)
    const settlement = { outcome: 'REJECTED' as const, payload: texts.of(request.failure, 'failure') }
    if (texts.refusal) return refuse(c, texts.refusal)
    const key = c.req.valid('header')['idempotency-key']
    const idempotency = actionOf(key, `promises/${nameOrId}/reject`, request)
    return settled(c, await executionStub(c.env, org, id).settlePromise(nameOrId, settlement, idempotency))
  })

const textsOf = (c: AppContext): PayloadText =>
  new PayloadText(c.get('organisation').settings.limits.payloadBytes ?? limits.payloadBytes)

const settled = (c: AppContext, answer: Answer<Settled>) => (answer.ok ? c.json(answer.value, 200) : refuse(c, answer.refusal))
