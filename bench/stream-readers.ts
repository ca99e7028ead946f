/** Readers of an execution's live stream: as fast as they can, or a byte a second from a socket that nobody else empties. */
import { type ClientRequest, get } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Address {
  url: string
  org: string
  key: string
  executionId: string
}

const path = ({ org, executionId }: Address): string => `/api/orgs/${org}/workflow-executions/${executionId}/stream`
const lastSequence = /"sequence":(\d+)/g

/** Reads all, and knows when it had the last. A socket that is closed because so much was sent over it comes back. */
export class FastReader {
  readonly name: 'sse' | 'websocket'
  readonly #address: Address
  #request: ClientRequest | undefined
  #socket: WebSocket | undefined
  #isStopped = false
  sequence = 0
  at = 0
  connections = 0
  #opened: () => void = () => undefined
  /** It is connected for the first time. */
  readonly opened = new Promise<void>((resolve) => {
    this.#opened = resolve
  })

  constructor(name: 'sse' | 'websocket', address: Address) {
    this.name = name
    this.#address = address
    this.#connect()
  }

  #connect(): void {
    if (this.#isStopped) return
    this.connections += 1
    if (this.name === 'sse') this.#read()
    else this.#listen()
  }

  #read(): void {
    const { url, key } = this.#address
    const headers = { Authorization: `Bearer ${key}` }
    this.#request = get(`${url}${path(this.#address)}?after=${this.sequence}`, { headers, agent: false }, (response) => {
      this.#opened()
      response.setEncoding('latin1')
      let rest = ''
      response.on('data', (chunk: string) => {
        this.#take(rest + chunk)
        // The number may be cut.
        rest = chunk.slice(-40)
      })
      response.on('close', () => this.#connect())
    })
    this.#request.on('error', () => undefined)
  }

  #listen(): void {
    const { url, key } = this.#address
    const address = `${url.replace('http', 'ws')}${path(this.#address)}?after=${this.sequence}`
    this.#socket = new WebSocket(address, ['perdure.stream.v1', `perdure.key.${key}`])
    this.#socket.onopen = () => this.#opened()
    this.#socket.onmessage = ({ data }) => this.#take(String(data).slice(0, 200))
    this.#socket.onclose = () => this.#connect()
  }

  #take(text: string): void {
    for (const [, sequence] of text.matchAll(lastSequence)) {
      if (Number(sequence) <= this.sequence) continue
      this.sequence = Number(sequence)
      this.at = performance.now()
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#request?.destroy()
    this.#socket?.close()
  }
}

/** Takes a byte a second from its socket; what the kernel and this process take besides is a few MiB. */
export class SlowReader {
  readonly #socket: Socket
  readonly #timer: NodeJS.Timeout
  bytes = 0

  constructor(name: 'sse' | 'websocket', address: Address) {
    const { url, key } = address
    const { hostname, port } = new URL(url)
    const upgrade =
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
      'Sec-WebSocket-Protocol: perdure.stream.v1\r\n'
    const place = { host: hostname, port: Number(port), readableHighWaterMark: 1 }
    this.#socket = connect(place)
    this.#socket.on('error', () => undefined)
    this.#socket.write(
      `GET ${path(address)} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\n${name === 'sse' ? '' : upgrade}\r\n`,
    )
    // Whoever listens to `readable` is given nothing by itself.
    this.#socket.on('readable', () => undefined)
    this.#timer = setInterval(() => {
      this.bytes += this.#socket.read(1)?.length ?? 0
    }, 1_000)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#socket.destroy()
  }
}
