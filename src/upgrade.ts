/** What a request must be to become one of the workers' sockets. */
import type { Refusal } from '../schemas/errors.ts'
import { protocol } from '../schemas/socket/protocol.ts'
import type { AppContext } from './app-env.ts'
import { subprotocols } from './auth/authenticate.ts'

/** Why it is none. */
export function noUpgrade(c: AppContext): Refusal | undefined {
  if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket')
    return { code: 'invalid_request', message: 'this is a WebSocket: an upgrade is expected' }
  if (!subprotocols(c).includes(protocol.subprotocol))
    return { code: 'invalid_request', message: `this service speaks the subprotocol ${protocol.subprotocol} only` }
  return undefined
}
