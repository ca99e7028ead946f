/** Ports that nobody listens on at this moment. Somebody else may take them next: whoever needs certainty retries. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that the system gives to outgoing connections, and by chance: the port of a service that is being started
 * again is free for a moment, and the system would soon give it to somebody else.
 */
const [lowest, highest] = [10_000, 32_768]

export async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await isFree(host, port)) return port
  }
  throw new Error('no port is free')
}

/** It listens there for a moment. */
export async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
