/** A place on the wire between a worker and the service: it passes everything on, and remembers what went by. */
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

export interface Passed {
  from: 'worker' | 'service'
  chunk: Buffer
}

export class Tap {
  readonly url: string
  /** Connections that were opened. */
  connections = 0
  readonly #server: Server
  #passed: Passed[] = []

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** `readable`: what the service says by socket is not compressed. */
  static async open(port: number, { readable = false } = {}): Promise<Tap> {
    const server = createServer((worker) => {
      tap.connections += 1
      const service = connect(port, '127.0.0.1')
      const pass = (from: Passed['from'], chunk: Buffer) => tap.#passed.push({ from, chunk: Buffer.from(chunk) })
      worker.on('data', (chunk: Buffer) => {
        pass('worker', chunk)
        service.write(readable ? withoutExtensions(chunk) : chunk)
      })
      service.on('data', (chunk) => {
        pass('service', chunk)
        worker.write(chunk)
      })
      for (const [one, other] of [
        [worker, service],
        [service, worker],
      ] as const) {
        one.on('close', () => other.destroy())
        one.on('error', () => other.destroy())
      }
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const tap: Tap = new Tap(server, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    return tap
  }

  get passed(): readonly Passed[] {
    return this.#passed
  }

  forget(): void {
    this.#passed = []
  }

  close(): void {
    this.#server.close()
  }
}

/** A socket is opened with a request; what it offers there is what may be used. */
function withoutExtensions(chunk: Buffer): Buffer {
  const text = chunk.toString('latin1')
  return text.startsWith('GET ') ? Buffer.from(text.replace(/^sec-websocket-extensions:.*\r\n/im, ''), 'latin1') : chunk
}
