/** Flows are checked, saved and read. */

import { z } from 'zod'
import { flowsStub } from '../../durable/stubs.ts'
import { checkFlow } from '../../engine/flow/check.ts'
import { flowName } from '../../schemas/flow/names.ts'
import { flowDescription, flowList, flowQuery, flowsQuery, flowValidation, savedFlow } from '../../schemas/flow/saving.ts'
import { guarded, json, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'

const flowParam = orgParam.extend({ name: flowName })

/** JSON is YAML, so one reader takes both, and says of both where a problem is. */
const flowBody = {
  required: true,
  content: { 'application/yaml': { schema: z.string().describe('A flow in YAML, or in JSON: see /api/flow.schema.json') } },
}

const save = guarded(
  { access: 'define', body: 'flow' },
  {
    method: 'put',
    path: '/flows/{name}',
    operationId: 'saveFlow',
    tags: ['Flows'],
    summary: 'Save a flow',
    description: 'YAML or JSON. It is checked whole; a refusal has all problems in `errors`. Runs under way keep what they have.',
    request: { params: flowParam, body: flowBody },
    responses: { 201: json(savedFlow, 'A new version'), 200: json(savedFlow, 'Equal to what is saved') },
  },
)

const validate = guarded(
  { access: 'read', body: 'flow' },
  {
    method: 'post',
    path: '/flows/validate',
    operationId: 'validateFlow',
    tags: ['Flows'],
    summary: 'Check a flow without saving it',
    request: { params: orgParam, body: flowBody },
    responses: { 200: json(flowValidation, 'All problems at once, in the order of the text') },
  },
)

const list = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/flows',
    operationId: 'listFlows',
    tags: ['Flows'],
    summary: 'The flows that are saved, each with its latest version',
    request: { params: orgParam, query: flowsQuery },
    responses: { 200: json(flowList, 'By name') },
  },
)

const read = guarded(
  { access: 'read' },
  {
    method: 'get',
    path: '/flows/{name}',
    operationId: 'readFlow',
    tags: ['Flows'],
    summary: 'A flow as it was written, and its versions',
    request: { params: flowParam, query: flowQuery },
    responses: { 200: json(flowDescription, 'The latest version, or the one that was asked for') },
  },
)

const pageSize = 100

export const flowRoutes = routes()
  .openapi(validate, async (c) => {
    const checked = checkFlow(await c.req.text())
    return c.json({ valid: checked.ok, problems: checked.ok ? [] : checked.problems }, 200)
  })
  .openapi(save, async (c) => {
    const { org, name } = c.req.valid('param')
    const source = await c.req.text()
    const checked = checkFlow(source, name)
    if (!checked.ok) {
      const errors = checked.problems.map(({ path, line, column, message }) => ({ path, message, line, column }))
      const [first] = errors
      const where = first === undefined ? '' : `: line ${first.line}, column ${first.column}: ${first.message}`
      return refuse(c, { code: 'invalid_request', message: `the flow is not valid${where}`, errors })
    }
    const { definition, version, hash } = checked.flow
    const flow = { name, hash, source, definition: JSON.stringify(definition), ...(version !== undefined && { version }) }
    const answer = await flowsStub(c.env, org).save(flow)
    if (!answer.ok) return refuse(c, answer.refusal)
    const { created, ...saved } = answer.value
    return created ? c.json(saved, 201) : c.json(saved, 200)
  })
  .openapi(list, async (c) => {
    const { org } = c.req.valid('param')
    const { limit = pageSize, cursor } = c.req.valid('query')
    const { items, more } = await flowsStub(c.env, org).list(limit, cursor)
    const last = items.at(-1)
    return c.json({ items, ...(more && last !== undefined && { nextCursor: last.name }) }, 200)
  })
  .openapi(read, async (c) => {
    const { org, name } = c.req.valid('param')
    const answer = await flowsStub(c.env, org).read(name, c.req.valid('query').version)
    return answer.ok ? c.json(answer.value, 200) : refuse(c, answer.refusal)
  })
