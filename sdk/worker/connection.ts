/**
 * One socket to one partition of a queue: it comes back by itself, says what it holds, and knows when the other side
 * is silent.
 */
import type { Down } from '../../schemas/socket/down.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import type { Up } from '../../schemas/socket/up.ts'
import { pause } from '../http/retry.ts'
import type { Service } from '../http/service.ts'
import { NetworkError, ServiceError } from '../http/service-error.ts'
import type { Grantee } from './slot-pool.ts'

export interface ConnectionHost {
  readonly service: Service
  readonly queue: string
  /** What a new socket says first; it grants the first credits to `connection`. */
  hello(connection: Connection): Up
  received(message: Exclude<Down, { type: 'welcome' }>, connection: Connection): void
  welcomed(connection: Connection, session: string, partitions: number): void
  lost(connection: Connection): void
  /** The first failure of an outage. */
  failed(error: Error): void
  /** The key is refused: there is no use in going on. */
  refused(error: ServiceError): void
}

/** A reconnect waits for up to so long, so that a deploy is not followed by everybody at once. */
const reconnectWithinMs = 2_000
const silentAfterMs = 2.5 * protocol.pingIntervalMs

export class Connection implements Grantee {
  readonly granted = { workflow: 0, task: 0 }
  readonly partition: number
  /** How many units of work of other executions wait in the queue. */
  backlog = 0
  readonly #host: ConnectionHost
  readonly #ended = new AbortController()
  #socket: WebSocket | undefined
  #session: string | undefined

  constructor(host: ConnectionHost, partition: number) {
    this.#host = host
    this.partition = partition
  }

  /** Undefined while it is not connected. */
  get session(): string | undefined {
    return this.#session
  }

  send(message: Up): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  close(): void {
    this.#ended.abort()
    this.#socket?.close(1000)
  }

  /** Until it is closed or refused. */
  async run(): Promise<void> {
    const { signal } = this.#ended
    let isOutage = false
    while (!signal.aborted) {
      const wasOpen = await this.#connectOnce()
      if (signal.aborted) return
      if (wasOpen) isOutage = false
      else {
        const error = await this.#whyNot()
        if (ServiceError.is(error)) return this.#host.refused(error)
        if (!isOutage) this.#host.failed(error)
        isOutage = true
      }
      await pause(Math.random() * reconnectWithinMs, signal).catch(() => undefined)
    }
  }

  /** One socket, from its opening to its end; false when it did not open. */
  #connectOnce(): Promise<boolean> {
    const path = `/queues/${this.#host.queue}/connect`
    const url = this.#host.service.socketUrl(`${path}?partition=${this.partition}`)
    return new Promise((resolve) => {
      const socket = new WebSocket(url, [protocol.subprotocol, `${protocol.keyPrefix}${this.#host.service.apiKey}`])
      this.#socket = socket
      let isOpen = false
      let isEnded = false
      let heardAt = performance.now()
      // Also of a handshake that nobody answers.
      const pings = setInterval(() => {
        if (performance.now() - heardAt > silentAfterMs) end()
        else if (isOpen) socket.send(protocol.ping)
      }, protocol.pingIntervalMs)
      socket.addEventListener('open', () => {
        isOpen = true
        heardAt = performance.now()
        socket.send(JSON.stringify(this.#host.hello(this)))
      })
      socket.addEventListener('message', ({ data }) => {
        heardAt = performance.now()
        if (typeof data === 'string' && data !== protocol.pong && socket === this.#socket) this.#read(data)
      })
      const end = () => {
        // Closing a socket that never opened is an error again, told from inside `close()`: endlessly.
        if (isEnded) return
        isEnded = true
        clearInterval(pings)
        if (this.#socket === socket) {
          this.#socket = undefined
          this.#forget()
        }
        socket.close()
        resolve(isOpen)
      }
      socket.addEventListener('close', end)
      socket.addEventListener('error', end)
    })
  }

  #read(text: string): void {
    const message: unknown = JSON.parse(text)
    if (!isDown(message)) return
    if (message.type !== 'welcome') return this.#host.received(message, this)
    this.#session = message.session
    this.#host.welcomed(this, message.session, message.partitions)
  }

  /** Credits end with the socket that they were granted on. */
  #forget(): void {
    const wasConnected = this.#session !== undefined
    this.#session = undefined
    this.granted.workflow = 0
    this.granted.task = 0
    this.backlog = 0
    if (wasConnected) this.#host.lost(this)
  }

  /** A failed socket does not say why: the same door without an upgrade does. */
  async #whyNot(): Promise<Error> {
    const path = `/queues/${this.#host.queue}/connect`
    const silent = `the socket to ${this.#host.service.httpUrl(path)} did not open`
    try {
      await this.#host.service.send({ method: 'GET', path, signal: this.#ended.signal })
    } catch (error) {
      if (ServiceError.is(error) && (error.code === 'unauthenticated' || error.code === 'forbidden')) return error
      if (NetworkError.is(error)) return error
      if (error instanceof Error && !asksForUpgrade(error)) return new NetworkError(`${silent}: ${error.message}`, error)
    }
    return new NetworkError(silent, undefined)
  }
}

/** The answer of a door that is there: the socket may open next time. */
const asksForUpgrade = (error: Error): boolean =>
  ServiceError.is(error) && error.code === 'invalid_request' && error.errors.every(({ path }) => path === '')

const known: ReadonlySet<unknown> = new Set<Down['type']>([
  'welcome',
  'activation',
  'task',
  'cancelTask',
  'check',
  'notify',
  'drain',
  'error',
])

/** The service's shapes are trusted; messages of types that this version does not know are passed over. */
const isDown = (message: unknown): message is Down =>
  typeof message === 'object' && message !== null && 'type' in message && known.has(message.type)
