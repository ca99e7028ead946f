/** What can be read of one execution. Its object makes the JSON; it goes out as it is. */
import { z } from 'zod'
import type { Text } from '../../durable/ports.ts'
import { executionStub } from '../../durable/stubs.ts'
import type { Answer } from '../../engine/answer.ts'
import { eventPage } from '../../schemas/events.ts'
import {
  childList,
  description,
  eventsQuery,
  executionResult,
  resultQuery,
  runQuery,
  taskDescription,
  taskPage,
  tasksQuery,
} from '../../schemas/executions.ts'
import { flowItemPage } from '../../schemas/flow/items.ts'
import { taskId } from '../../schemas/identity.ts'
import { limits } from '../../schemas/limits.ts'
import { sendText } from '../answer.ts'
import type { AppContext } from '../app-env.ts'
import { executionParam, guarded, json, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const execution = '/workflow-executions/{id}' as const
const taskParam = executionParam.extend({ taskId })
const workToken = z.object({ 'perdure-work-token': z.string().max(100).optional() })

const describe = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: execution,
    operationId: 'describeExecution',
    tags: ['Executions'],
    summary: 'What an execution is, and what it waits for',
    request: { params: executionParam, query: runQuery },
    responses: { 200: json(description, 'The execution') },
  },
)

const result = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/result`,
    operationId: 'executionResult',
    tags: ['Executions'],
    summary: 'The result of the last run, waited for up to `waitMs`',
    request: { params: executionParam, query: resultQuery },
    responses: { 200: json(executionResult, 'Closed'), 202: json(executionResult, 'Still open') },
  },
)

const events = guarded(
  { access: 'history' },
  {
    method: 'get',
    path: `${execution}/events`,
    operationId: 'executionEvents',
    tags: ['Executions'],
    summary: 'The log of a run, page by page',
    description: 'A worker reads with `work`, the id of work that it holds, and that work’s token in `Perdure-Work-Token`.',
    request: { params: executionParam, query: eventsQuery, headers: workToken },
    responses: { 200: json(eventPage, 'A page of events') },
  },
)

const tasks = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/tasks`,
    operationId: 'executionTasks',
    tags: ['Executions'],
    summary: 'The tasks of a run',
    request: { params: executionParam, query: tasksQuery },
    responses: { 200: json(z.union([taskPage, flowItemPage]), 'A page of tasks; with `task` of the items of a task of a flow') },
  },
)

const task = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/tasks/{taskId}`,
    operationId: 'executionTask',
    tags: ['Executions'],
    summary: 'One task and its attempts',
    request: { params: taskParam, query: runQuery },
    responses: { 200: json(taskDescription, 'The task') },
  },
)

const children = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: `${execution}/children`,
    operationId: 'executionChildren',
    tags: ['Executions'],
    summary: 'The child workflows of a run',
    request: { params: executionParam, query: runQuery },
    responses: { 200: json(childList, 'The children, in the order of their calls') },
  },
)

export const historyRoutes = routes()
  .openapi(describe, async (c) => {
    const { org, id } = c.req.valid('param')
    return answerText(c, await executionStub(c.env, org, id).describe(c.req.valid('query').run))
  })
  .openapi(result, async (c) => {
    const { org, id } = c.req.valid('param')
    const answer = await executionStub(c.env, org, id).result(c.req.valid('query').waitMs ?? 0)
    if (!answer.ok) return refuse(c, answer.refusal)
    return answer.value.open ? sendText(answer.value.text, 202) : sendText(answer.value.text, 200)
  })
  .openapi(events, async (c) => {
    const { org, id } = c.req.valid('param')
    const { after, limit, run, work } = c.req.valid('query')
    const stub = executionStub(c.env, org, id)
    if (c.get('principal').role === 'worker') {
      const token = c.req.valid('header')['perdure-work-token']
      const holds = work !== undefined && token !== undefined && (await stub.holdsWork(work, token))
      if (!holds) return refuse(c, { code: 'forbidden', message: 'a worker reads only the log of work that it holds' })
    }
    const range = { after: after ?? 0, limit: limit ?? limits.pageEvents }
    return answerText(c, await stub.events(run === undefined ? range : { ...range, run }))
  })
  .openapi(tasks, async (c) => {
    const { org, id } = c.req.valid('param')
    const { run, limit, cursor, task } = c.req.valid('query')
    const page = {
      limit: limit ?? limits.pageEvents,
      ...(run !== undefined && { run }),
      ...(cursor !== undefined && { cursor }),
      ...(task !== undefined && { task }),
    }
    return answerText(c, await executionStub(c.env, org, id).tasks(page))
  })
  .openapi(task, async (c) => {
    const { org, id, taskId } = c.req.valid('param')
    return answerText(c, await executionStub(c.env, org, id).task(taskId, c.req.valid('query').run))
  })
  .openapi(children, async (c) => {
    const { org, id } = c.req.valid('param')
    return answerText(c, await executionStub(c.env, org, id).children(c.req.valid('query').run))
  })

const answerText = (c: AppContext, answer: Answer<Text>) => (answer.ok ? sendText(answer.value, 200) : refuse(c, answer.refusal))
