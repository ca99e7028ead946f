/** The live stream of an execution, and the tokens with which browsers read it. */

import { z } from 'zod'
import { refusalOf, streamRequest } from '../../durable/execution/stream-request.ts'
import { executionStub } from '../../durable/stubs.ts'
import { present } from '../../engine/intake/present.ts'
import { tokenMade, tokenRequest } from '../../schemas/organisation.ts'
import { streamQuery, streamSubprotocol } from '../../schemas/stream.ts'
import { passOn } from '../answer.ts'
import { rootKeyOf, subprotocols } from '../auth/authenticate.ts'
import { hashKey } from '../auth/keys.ts'
import { makeReadToken } from '../auth/read-token.ts'
import { executionParam, guarded, json, jsonBody, orgParam, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { relaySocket } from '../socket-relay.ts'

const lastEventId = z.object({ 'last-event-id': z.string().max(40).optional() })

const stream = guarded(
  { access: 'read', keysMaxAgeMs: 0 },
  {
    method: 'get',
    path: '/workflow-executions/{id}/stream',
    operationId: 'executionStream',
    tags: ['Executions'],
    summary: 'Follow an execution: its history, then what happens, in one order',
    description:
      'Server-sent events; on an upgrade a WebSocket with subprotocol `' +
      streamSubprotocol +
      '`. `Last-Event-ID` wins over `after`. Without `run` the stream goes on into the next run. The last message is `End`.',
    request: { params: executionParam, query: streamQuery, headers: lastEventId },
    responses: {
      200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
      101: { description: 'The stream as a WebSocket' },
    },
  },
)

const token = guarded(
  { access: 'read' },
  {
    method: 'post',
    path: '/tokens',
    operationId: 'makeToken',
    tags: ['Organisation'],
    summary: 'A short-lived token that only reads, for `?token=` in browsers; it ends with the key that made it',
    request: { params: orgParam, body: jsonBody(tokenRequest) },
    responses: { 201: json(tokenMade, 'Made') },
  },
)

export const streamRoutes = routes()
  .openapi(stream, async (c) => {
    const { org, id } = c.req.valid('param')
    const { after, run, named } = c.req.valid('query')
    const last = streamQuery.shape.after.safeParse(c.req.valid('header')['last-event-id'])
    if (!last.success)
      return refuse(c, { code: 'invalid_request', message: 'Last-Event-ID: it is a sequence, or <run>-<sequence>' })
    const isSocket = c.req.header('Upgrade')?.toLowerCase() === 'websocket'
    if (isSocket && !subprotocols(c).includes(streamSubprotocol)) {
      return refuse(c, { code: 'invalid_request', message: `the stream speaks the subprotocol ${streamSubprotocol} only` })
    }
    const { name, expiresAt } = c.get('principal')
    const asked = streamRequest({
      ...present({ after: last.data ?? after, run, keyExpiresAt: expiresAt }),
      named: named === 'true',
      isSocket,
      keyId: name,
    })
    const response = await executionStub(c.env, org, id).fetch(asked)
    const refusal = await refusalOf(response)
    if (refusal !== undefined) return refuse(c, refusal)
    // What an object made is not ours to add headers to.
    return passOn(isSocket ? relaySocket(response) : new Response(response.body, response))
  })
  .openapi(token, async (c) => {
    const { org } = c.req.valid('param')
    const { execution, expiresInMs } = c.req.valid('json')
    const { name } = c.get('principal')
    const made = c.get('organisation').keys.find(({ keyId }) => keyId === name)
    const secret = made?.hash ?? hashKey(rootKeyOf(c) ?? '')
    const content = { by: name, expiresAt: Date.now() + expiresInMs, ...present({ execution }) }
    return c.json({ token: await makeReadToken(secret, org, content) }, 201)
  })
