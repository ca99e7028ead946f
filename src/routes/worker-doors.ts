/** Where workers answer for one piece of work. Each is a batch of one. */
import { executionStub } from '../../durable/stubs.ts'
import type { ReportRequest, WorkReport } from '../../engine/execution/commands.ts'
import { PayloadText } from '../../engine/intake/payload-text.ts'
import { tooManyCommands } from '../../engine/intake/work-commands.ts'
import { activationAnswerOf, beatOf, outcomeOf } from '../../engine/intake/work-reports.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { activationId, taskId } from '../../schemas/identity.ts'
import { limits } from '../../schemas/limits.ts'
import {
  completeActivation,
  completeTask,
  failActivation,
  failTask,
  heartbeatAnswer,
  heartbeatTask,
  reply,
} from '../../schemas/reports.ts'
import { sendText } from '../answer.ts'
import type { AppContext } from '../app-env.ts'
import { executionParam, guarded, json, jsonBody, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { type Carrying, carryingOf } from '../work-answers.ts'

const guard = { access: 'work', bodyBytes: limits.workerRequestBytes } as const
const activationParam = executionParam.extend({ activationId })
const taskParam = executionParam.extend({ taskId })
const activation = '/workflow-executions/{id}/activations/{activationId}' as const
const task = '/workflow-executions/{id}/tasks/{taskId}' as const
const common = {
  method: 'post' as const,
  tags: ['Worker doors'],
  responses: { 200: json(reply, 'Taken, or taken before') },
}

const completeActivationRoute = guarded(guard, {
  ...common,
  path: `${activation}/complete`,
  operationId: 'completeActivation',
  summary: 'Answer an activation with commands',
  request: { params: activationParam, body: jsonBody(completeActivation) },
})

const failActivationRoute = guarded(guard, {
  ...common,
  path: `${activation}/fail`,
  operationId: 'failActivation',
  summary: 'Say that an activation could not be answered',
  request: { params: activationParam, body: jsonBody(failActivation) },
})

const completeTaskRoute = guarded(guard, {
  ...common,
  path: `${task}/complete`,
  operationId: 'completeTask',
  summary: 'Answer a task with its output',
  request: { params: taskParam, body: jsonBody(completeTask) },
})

const failTaskRoute = guarded(guard, {
  ...common,
  path: `${task}/fail`,
  operationId: 'failTask',
  summary: 'Answer a task with a failure',
  request: { params: taskParam, body: jsonBody(failTask) },
})

const heartbeatRoute = guarded(guard, {
  ...common,
  path: `${task}/heartbeat`,
  operationId: 'heartbeatTask',
  summary: 'Say that a task is still worked on',
  request: { params: taskParam, body: jsonBody(heartbeatTask) },
  responses: { 200: json(heartbeatAnswer, 'Still held') },
})

/** A door names no run: run 0 is the latest, and the token says the rest. */
const latest = 0

export const workerDoorRoutes = routes()
  .openapi(completeActivationRoute, async (c) => {
    const { id, activationId } = c.req.valid('param')
    const body = c.req.valid('json')
    if (body.commands.length > limits.commandsPerActivation) return refuse(c, tooManyCommands('commands'))
    const texts = textsOf(c)
    const report: WorkReport = { run: latest, id: activationId, token: body.token, ...activationAnswerOf(body, texts, '') }
    return one(c, id, report, texts, body)
  })
  .openapi(failActivationRoute, async (c) => {
    const { id, activationId } = c.req.valid('param')
    const { token, failure, determinism, session, build } = c.req.valid('json')
    const texts = textsOf(c)
    const report: WorkReport = {
      run: latest,
      id: activationId,
      token,
      type: 'activation-failed',
      failure: texts.failure(failure, 'failure'),
      ...(determinism && { determinism: JSON.stringify(determinism) }),
      ...(session !== undefined && { session }),
      ...(build !== undefined && { build }),
    }
    return one(c, id, report, texts, {})
  })
  .openapi(completeTaskRoute, async (c) => {
    const { id, taskId } = c.req.valid('param')
    const body = c.req.valid('json')
    const texts = textsOf(c)
    const report: WorkReport = {
      run: latest,
      id: taskId,
      token: body.token,
      type: 'task',
      ...texts.field('output', body.output, 'output'),
    }
    return one(c, id, report, texts, body)
  })
  .openapi(failTaskRoute, async (c) => {
    const { id, taskId } = c.req.valid('param')
    const body = c.req.valid('json')
    const texts = textsOf(c)
    const report: WorkReport = { run: latest, id: taskId, token: body.token, type: 'task', ...outcomeOf(body, texts, '') }
    return one(c, id, report, texts, body)
  })
  .openapi(heartbeatRoute, async (c) => {
    const { id, taskId } = c.req.valid('param')
    const body = c.req.valid('json')
    const texts = textsOf(c)
    const report: WorkReport = {
      run: latest,
      id: taskId,
      token: body.token,
      type: 'heartbeat',
      ...beatOf(body, texts, 'details'),
    }
    const taken = await send(c, id, report, texts, {})
    if ('code' in taken) return refuse(c, taken)
    return c.json({ cancelRequested: taken.cancelRequested }, 200)
  })

const textsOf = (c: AppContext): PayloadText =>
  new PayloadText(c.get('organisation').settings.limits.payloadBytes ?? limits.payloadBytes)

async function one(c: AppContext, id: string, report: WorkReport, texts: PayloadText, carrying: Carrying) {
  const taken = await send(c, id, report, texts, carrying)
  return 'code' in taken ? refuse(c, taken) : sendText(taken.text, 200)
}

async function send(
  c: AppContext,
  id: string,
  report: WorkReport,
  texts: PayloadText,
  carrying: Carrying,
): Promise<Refusal | { text: string; cancelRequested: boolean }> {
  if (texts.refusal) return texts.refusal
  const request: ReportRequest = { reports: [report], ...carryingOf(carrying) }
  const answer = await executionStub(c.env, c.get('organisation').org, id).report(request)
  if (!answer.ok) return answer.refusal
  const [result] = answer.value.results
  if (result === undefined) return { code: 'internal', message: 'the execution gave no answer' }
  if (!result.ok) return result
  return { text: answer.value.reply, cancelRequested: result.cancelRequested ?? false }
}
