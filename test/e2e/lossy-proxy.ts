/** Passes requests to a service, and loses the first answer to each: the service has done it, the client cannot know. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export class LossyProxy {
  readonly url: string
  lost = 0
  readonly #server: Server
  readonly #known = new Set<string>()

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async open(service: string): Promise<LossyProxy> {
    const server = createServer((request, response) => {
      // A service that is gone is a connection that breaks.
      void pass(request, response).catch(() => request.socket.destroy())
    })
    const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const { method = 'GET', url = '/', headers } = request
      const body = Buffer.concat(chunks).toString()
      const named = ['authorization', 'content-type', 'idempotency-key'].flatMap((name) => {
        const value = headers[name]
        return typeof value === 'string' ? [[name, value] as const] : []
      })
      const answer = await fetch(service + url, {
        method,
        headers: Object.fromEntries(named),
        ...(method === 'POST' && { body }),
      })
      const text = await answer.text()
      // As its sender tells repeats apart: by the key, or by what is in the body.
      const identity = [method, url, headers['idempotency-key'], body].join('\n')
      if (!proxy.#known.has(identity)) {
        proxy.#known.add(identity)
        proxy.lost += 1
        request.socket.destroy()
        return
      }
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' })
      response.end(text)
    }
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const proxy: LossyProxy = new LossyProxy(server, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    return proxy
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
