/** Where a worker that reports to one execution again and again gets a socket to it. */
import { reportSocketRequest } from '../../durable/execution/report-sockets.ts'
import { refusalOf } from '../../durable/execution/stream-request.ts'
import { executionStub } from '../../durable/stubs.ts'
import { present } from '../../engine/intake/present.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import { passOn } from '../answer.ts'
import { executionParam, guarded, routes } from '../openapi.ts'
import { refuse } from '../problem.ts'
import { noUpgrade } from '../upgrade.ts'

const connectReports = guarded(
  { access: 'work' },
  {
    method: 'get',
    path: '/workflow-executions/{id}/reports',
    operationId: 'connectReports',
    tags: ['Worker doors'],
    summary: 'A WebSocket for reports to one execution',
    description:
      'Each message is a body of `/worker/completions` and is answered by one message, as that is. What would be refused closes ' +
      `the socket; send it as a request to hear why. Subprotocol \`${protocol.subprotocol}\`; the key may come as a second one, ` +
      `\`${protocol.keyPrefix}<key>\`. It ends with the execution, and after 5 s without a message.`,
    request: { params: executionParam },
    responses: { 101: { description: 'Connected' } },
  },
)

export const reportSocketRoutes = routes().openapi(connectReports, async (c) => {
  const { org, id } = c.req.valid('param')
  const refusal = noUpgrade(c)
  if (refusal !== undefined) return refuse(c, refusal)
  const { name, expiresAt } = c.get('principal')
  const caller = { keyId: name, ...present({ keyExpiresAt: expiresAt }) }
  const response = await executionStub(c.env, org, id).fetch(reportSocketRequest(caller))
  const refused = await refusalOf(response)
  return refused === undefined ? passOn(response) : refuse(c, refused)
})
