/** A port that nobody listens on at this moment. Somebody else may take it next: whoever needs certainty retries. */
import { once } from 'node:events'
import { createServer } from 'node:net'

export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port is free')
  return address.port
}
