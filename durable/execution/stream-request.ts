/** How the route asks an execution for its stream: a request, since a response or a socket comes back. */
import type { StreamRequest } from '../../engine/stream/stream-start.ts'
import type { Refusal } from '../../schemas/errors.ts'
import type { Caller } from './caller.ts'

export interface AskedStream extends StreamRequest, Caller {
  isSocket: boolean
  named: boolean
}

const header = 'Perdure-Stream'

export function streamRequest({ isSocket, ...asked }: AskedStream): Request {
  const headers = { [header]: JSON.stringify(asked), ...(isSocket && { Upgrade: 'websocket' }) }
  return new Request('https://execution/stream', { headers })
}

export function streamRequestOf(request: Request): AskedStream {
  const asked = JSON.parse(request.headers.get(header) ?? '{}') as Omit<AskedStream, 'isSocket'>
  return { ...asked, isSocket: request.headers.get('Upgrade')?.toLowerCase() === 'websocket' }
}

const refused = 409

/** A refusal as a value; the route makes the problem of it. */
export const refusalResponse = (refusal: Refusal): Response => Response.json(refusal, { status: refused })

export const refusalOf = async (response: Response): Promise<Refusal | undefined> =>
  response.status === refused ? ((await response.json()) as Refusal) : undefined
