/** A socket straight to one execution: what is said over it is answered by one message, one after another. */
import { protocol } from '../../schemas/socket/protocol.ts'
import type { Service } from '../http/service.ts'

/** Nothing was said for so long: it closes. The service does so later. */
const idleMs = 1_000
/** As of a request: no answer by then counts as a broken connection. */
const silentMs = 30_000

export interface ReportSocketHost {
  readonly service: Service
  /** It has closed; `wasOpen` is false when it never opened. */
  closed(wasOpen: boolean): void
}

export class ReportSocket {
  readonly #socket: WebSocket
  readonly #host: ReportSocketHost
  #wasOpen = false
  #isClosed = false
  #saidAt = performance.now()
  #answer: ((text: string | undefined) => void) | undefined
  #timer: ReturnType<typeof setTimeout>

  constructor(executionId: string, host: ReportSocketHost) {
    const { service } = host
    const url = service.socketUrl(`/workflow-executions/${encodeURIComponent(executionId)}/reports`)
    this.#host = host
    this.#socket = new WebSocket(url, [protocol.subprotocol, `${protocol.keyPrefix}${service.apiKey}`])
    this.#socket.addEventListener('open', () => {
      this.#wasOpen = true
    })
    this.#socket.addEventListener('message', ({ data }) => this.#heard(String(data)))
    this.#socket.addEventListener('close', () => this.close())
    this.#socket.addEventListener('error', () => this.close())
    this.#timer = setTimeout(() => this.#look(), idleMs)
  }

  /** Open, and nothing said over it waits for its answer. */
  get isFree(): boolean {
    return this.#wasOpen && !this.#isClosed && this.#answer === undefined
  }

  /** The answer; undefined when the socket closes before it comes. */
  ask(text: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#saidAt = performance.now()
      this.#socket.send(text)
    })
  }

  close(): void {
    // Closing a socket that never opened is an error again, told from inside `close()`.
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#socket.close()
    this.#host.closed(this.#wasOpen)
    this.#heard(undefined)
  }

  #heard(text: string | undefined): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(text)
  }

  #look(): void {
    const patienceMs = this.#answer === undefined && this.#wasOpen ? idleMs : silentMs
    const left = this.#saidAt + patienceMs - performance.now()
    if (left <= 0) this.close()
    else this.#timer = setTimeout(() => this.#look(), Math.min(left, idleMs))
  }
}
