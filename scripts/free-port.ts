/** Ports that nobody listens on at this moment. Somebody else may take them next: whoever needs certainty retries. */
import { once } from 'node:events'
import { createServer } from 'node:net'

export async function freePort(host: string): Promise<number> {
  const port = await listen(host, 0)
  if (port === undefined) throw new Error('no port is free')
  return port
}

export const isFree = async (host: string, port: number): Promise<boolean> => (await listen(host, port)) !== undefined

/** For a moment. @returns the port, or undefined: it is taken */
async function listen(host: string, port: number): Promise<number | undefined> {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : undefined
}
