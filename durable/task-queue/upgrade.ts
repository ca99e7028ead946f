/** Who connects: the route has checked the key, the protocol is agreed on here. */
import type { Greeting } from '../../engine/queue/session.ts'
import { errorTable, type Problem } from '../../schemas/errors.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import { connectHeaders } from '../ports.ts'

export function readGreeting(request: Request, session: string, now: number): Greeting | Response {
  if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket')
    return refusal('this is a WebSocket: send Upgrade: websocket')
  const offered = (request.headers.get('Sec-WebSocket-Protocol') ?? '').split(',').map((each) => each.trim())
  if (!offered.includes(protocol.subprotocol)) {
    return refusal(`the subprotocol ${protocol.subprotocol} is required; this service speaks no other version`)
  }
  const expiresAt = request.headers.get(connectHeaders.keyExpiresAt)
  return {
    session,
    keyId: request.headers.get(connectHeaders.keyId) ?? '',
    ...(expiresAt !== null && { keyExpiresAt: Number(expiresAt) }),
    partitions: Number(request.headers.get(connectHeaders.partitions) ?? 1),
    connectedAt: now,
  }
}

export const switching = (socket: WebSocket): Response =>
  new Response(null, { status: 101, webSocket: socket, headers: { 'Sec-WebSocket-Protocol': protocol.subprotocol } })

function refusal(detail: string): Response {
  const code = 'invalid_request'
  const { status, title } = errorTable[code]
  const problem: Problem = { type: `urn:perdure:problem:${code}`, title, status, code, detail }
  return Response.json(problem, { status, headers: { 'Content-Type': 'application/problem+json' } })
}
