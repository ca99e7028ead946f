/**
 * To which executions this worker has a socket of its own: those that it reports to in quick succession, as the tasks of a
 * sequence. An answer over one takes half the time of a request (docs/decisions/0023).
 *
 * They are a shortcut and nothing else: what is not answered over a socket is sent as a request, under the same id.
 */
import type { Service } from '../http/service.ts'
import { ReportSocket } from './report-socket.ts'

/** A request that goes out so soon after the answer to the one before will have successors. */
const quickMs = 250
const mostSockets = 100
/** So many executions are watched for their pace. */
const mostWatched = 1_000
/** Larger ones go as requests: not every network lets messages of any size pass. */
const mostCharacters = 500_000
/** When none opens, as behind a proxy that knows no sockets, the next is tried after this. */
const closedDoorMs = 60_000

export class ReportSockets {
  readonly #service: Service
  readonly #sockets = new Map<string, ReportSocket>()
  /** When requests were answered, those of late. */
  readonly #answeredAt = new Map<string, number>()
  #noneUntil = 0
  #isStopped = false

  constructor(service: Service) {
    this.#service = service
  }

  /** Whether the next report to the execution can go over a socket. */
  isReady(executionId: string): boolean {
    return this.#sockets.get(executionId)?.isFree === true
  }

  /** The answer; undefined when there is none over a socket. */
  async ask(executionId: string, text: string): Promise<string | undefined> {
    const socket = this.#sockets.get(executionId)
    return socket?.isFree && text.length <= mostCharacters ? socket.ask(text) : undefined
  }

  /** A request goes out that is not the last: if it follows quickly on another, a socket is opened for those that come. */
  requested(executionId: string): void {
    const now = performance.now()
    const answeredAt = this.#answeredAt.get(executionId) ?? Number.NEGATIVE_INFINITY
    if (now - answeredAt <= quickMs && this.#mayOpen(executionId, now)) this.#open(executionId)
  }

  /** A request was answered. */
  answered(executionId: string): void {
    this.#answeredAt.delete(executionId)
    this.#answeredAt.set(executionId, performance.now())
    const [oldest] = this.#answeredAt.keys()
    if (this.#answeredAt.size > mostWatched && oldest !== undefined) this.#answeredAt.delete(oldest)
  }

  stop(): void {
    this.#isStopped = true
    for (const socket of [...this.#sockets.values()]) socket.close()
  }

  #mayOpen(executionId: string, now: number): boolean {
    return !this.#isStopped && !this.#sockets.has(executionId) && this.#sockets.size < mostSockets && now >= this.#noneUntil
  }

  #open(executionId: string): void {
    const closed = (wasOpen: boolean): void => {
      this.#sockets.delete(executionId)
      if (!wasOpen && !this.#isStopped) this.#noneUntil = performance.now() + closedDoorMs
    }
    this.#sockets.set(executionId, new ReportSocket(executionId, { service: this.#service, closed }))
  }
}
