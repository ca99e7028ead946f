/** The state that a workflow's code shows. Its object makes the JSON; it goes out as it is. */
import { executionStub } from '../../durable/stubs.ts'
import { runQuery, stateAnswer, stateValueAnswer } from '../../schemas/executions.ts'
import { name } from '../../schemas/identity.ts'
import { sendText } from '../answer.ts'
import { executionParam, guarded, json, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const state = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/workflow-executions/{id}/state',
    operationId: 'executionState',
    tags: ['Executions'],
    summary: 'The state that the code of an execution shows',
    request: { params: executionParam, query: runQuery },
    responses: { 200: json(stateAnswer, 'All keys and values') },
  },
)

const value = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/workflow-executions/{id}/state/{key}',
    operationId: 'executionStateValue',
    tags: ['Executions'],
    summary: 'One value of that state',
    request: { params: executionParam.extend({ key: name }), query: runQuery },
    responses: { 200: json(stateValueAnswer, 'The value') },
  },
)

export const stateRoutes = routes()
  .openapi(state, async (c) => {
    const { org, id } = c.req.valid('param')
    const answer = await executionStub(c.env, org, id).state(c.req.valid('query').run)
    return answer.ok ? sendText(answer.value, 200) : refuse(c, answer.refusal)
  })
  .openapi(value, async (c) => {
    const { org, id, key } = c.req.valid('param')
    const answer = await executionStub(c.env, org, id).stateValue(key, c.req.valid('query').run)
    return answer.ok ? sendText(answer.value, 200) : refuse(c, answer.refusal)
  })
