/** A real HTTP server that plays the service: it answers from a script and keeps what it was asked. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { ErrorCode } from '../../schemas/errors.ts'
import { errorTable } from '../../schemas/errors.ts'

export interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: unknown
}

/** `hang up`: the connection ends without an answer; `break off`: in the middle of it. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; body?: unknown; text?: string }
  | 'hang up'
  | 'break off'

export class Wire {
  readonly asked: Asked[] = []
  /** The most requests that were open at one time. */
  mostOpen = 0
  readonly url: string
  readonly #close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  /** `answer` is asked with the number of the request, from 0. */
  static async open(answer: (asked: Asked, index: number) => Answer | Promise<Answer>): Promise<Wire> {
    let open = 0
    const server = createServer((request, response) => {
      open += 1
      wire.mostOpen = Math.max(wire.mostOpen, open)
      response.on('close', () => {
        open -= 1
      })
      void serve(request, response)
    })
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const asked: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      wire.asked.push(asked)
      const given = await answer(asked, wire.asked.length - 1)
      if (given === 'hang up') return void request.socket.destroy()
      if (given === 'break off') {
        response.writeHead(200, { 'Content-Length': '500' })
        return void response.write('{"run":', () => request.socket.destroy())
      }
      response.writeHead(given.status ?? 200, { 'Content-Type': 'application/json', ...given.headers })
      response.end(given.text ?? (given.body === undefined ? '' : JSON.stringify(given.body)))
    }
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const wire: Wire = new Wire(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    return wire
  }

  close(): Promise<void> {
    return this.#close()
  }
}

/** A refusal as the service words it. */
export const refusal = (code: ErrorCode, headers: Record<string, string> = {}): Answer => ({
  status: errorTable[code].status,
  headers: { 'Content-Type': 'application/problem+json', ...headers },
  body: {
    type: `https://perdure.dev/errors/${code}`,
    title: errorTable[code].title,
    status: errorTable[code].status,
    code,
    detail: `refused with ${code}`,
    requestId: 'request-7',
  },
})
