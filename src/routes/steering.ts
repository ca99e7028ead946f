/** Steering an execution from outside: its code hears of a cancellation, not of the others. */
import { z } from 'zod'
import type { SteerRequest } from '../../durable/ports.ts'
import { executionStub } from '../../durable/stubs.ts'
import type { Answer } from '../../engine/answer.ts'
import { reasonRequest } from '../../schemas/executions.ts'
import type { AppContext } from '../app-env.ts'
import { actionOf } from '../idempotency.ts'
import { executionParam, guarded, idempotencyHeader, json, jsonBody, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

type Action = 'terminate' | 'cancel' | 'pause' | 'resume'

const steering = <Name extends Action>(action: Name, summary: string, description: string) =>
  guarded(
    { access: 'operate' },
    {
      method: 'post',
      path: `/workflow-executions/{id}/${action}`,
      operationId: `${action}Execution`,
      tags: ['Executions'],
      summary,
      description,
      request: { params: executionParam, headers: idempotencyHeader, body: jsonBody(reasonRequest, false) },
      responses: { 202: json(z.object({}), 'Done') },
    },
  )

const terminate = steering('terminate', 'End an execution at once', 'Its code does not see it.')
const cancel = steering(
  'cancel',
  'Ask an execution to end',
  'Its code is told, may clean up, and decides how it ends. Asked again, nothing changes.',
)
const pause = steering(
  'pause',
  'Let nothing of an execution begin',
  'No activation and no attempt of a task begins; what is with workers settles, timers and time limits go on.',
)
const resume = steering('resume', 'Let a paused execution go on', 'Of one that is not paused nothing changes.')

export const steeringRoutes = routes()
  .openapi(terminate, async (c) => {
    const { org, id } = c.req.valid('param')
    const request = await steerRequest(c, 'terminate', c.req.valid('json'), c.req.valid('header'))
    return done(c, await executionStub(c.env, org, id).terminate(request))
  })
  .openapi(cancel, async (c) => {
    const { org, id } = c.req.valid('param')
    const request = await steerRequest(c, 'cancel', c.req.valid('json'), c.req.valid('header'))
    return done(c, await executionStub(c.env, org, id).cancel(request))
  })
  .openapi(pause, async (c) => {
    const { org, id } = c.req.valid('param')
    const request = await steerRequest(c, 'pause', c.req.valid('json'), c.req.valid('header'))
    return done(c, await executionStub(c.env, org, id).pause(request))
  })
  .openapi(resume, async (c) => {
    const { org, id } = c.req.valid('param')
    const request = await steerRequest(c, 'resume', c.req.valid('json'), c.req.valid('header'))
    return done(c, await executionStub(c.env, org, id).resume(request))
  })

async function steerRequest(
  c: AppContext,
  action: Action,
  body: z.infer<typeof reasonRequest>,
  header: z.infer<typeof idempotencyHeader>,
): Promise<SteerRequest> {
  const idempotency = actionOf(header['idempotency-key'], action, body)
  return {
    by: c.get('principal').name,
    ...(body.reason !== undefined && { reason: body.reason }),
    ...(idempotency !== undefined && { idempotency }),
  }
}

const done = (c: AppContext, answer: Answer<null>) => (answer.ok ? c.json({}, 202) : refuse(c, answer.refusal))
