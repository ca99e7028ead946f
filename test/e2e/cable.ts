/** The network between one worker and its service, which can be cut and mended. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Cable {
  readonly url: string
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  #isCut = false

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async to(port: number): Promise<Cable> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const cable = new Cable(server, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    server.on('connection', (near) => cable.#join(near, port))
    return cable
  }

  /** Nothing gets through any more, and nobody new gets in. */
  cut(): void {
    this.#isCut = true
    for (const end of this.#ends) end.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #join(near: Socket, port: number): void {
    if (this.#isCut) return void near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(end)
      end.on('error', () => undefined)
      end.on('close', () => {
        this.#ends.delete(end)
        other.destroy()
      })
      end.pipe(other)
    }
  }
}
