/** A listening socket for several processes: each accepts from it, and whoever is free takes the next connection. */
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface Listening {
  /** To be inherited by those who accept. */
  descriptor: number
  /** Nothing is accepted here any more. */
  leave(): void
}

export async function listenFor(host: string, port: number): Promise<Listening> {
  // Who is too early tries again.
  const server = createServer((socket) => socket.destroy())
  await once(server.listen(port, host), 'listening')
  const handle: unknown = Reflect.get(server, '_handle')
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof descriptor !== 'number') throw new Error('this system has no descriptors to pass on')
  return { descriptor, leave: () => void server.close() }
}
