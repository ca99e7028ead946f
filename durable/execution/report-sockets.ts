/**
 * Sockets over which workers report to this execution and to no other. A message is what the body of a request to
 * `/worker/completions` would be, and is answered by one message, in order; what would be refused closes the socket, and
 * the worker hears why when it sends the request.
 *
 * They do not hibernate: a worker closes its own a second after the last report, and a socket that hibernates would keep
 * its connection after that until the object is evicted.
 */
import type { Answer } from '../../engine/answer.ts'
import type { ReportRequest } from '../../engine/execution/commands.ts'
import type { Organisation } from '../../engine/organisation/organisation.ts'
import { limits } from '../../schemas/limits.ts'
import { completions } from '../../schemas/reports.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import { sendBatch, splitBatch } from '../completions.ts'
import type { ReportOutcome, Text } from '../ports.ts'
import type { Caller } from './caller.ts'

const path = '/reports'
const header = 'Perdure-Caller'
/** A worker that says nothing for so long is gone, or its connection is. No longer than a key may outlive itself. */
const silentMs = 5_000

/** How the route asks an execution for a socket. */
export const reportSocketRequest = (caller: Caller): Request =>
  new Request(`https://execution${path}`, { headers: { [header]: JSON.stringify(caller), Upgrade: 'websocket' } })

/** Who wants to report, if that is what the request is for. */
export function callerOf(request: Request): Caller | undefined {
  if (new URL(request.url).pathname !== path) return undefined
  return JSON.parse(request.headers.get(header) ?? '{}') as Caller
}

export interface ReportSource {
  readonly executionId: string
  isOver(): boolean
  /** Undefined when the key is no longer good. */
  organisationFor(caller: Caller): Promise<Organisation | undefined>
  report(request: ReportRequest): Promise<Answer<ReportOutcome>>
}

/** Why a socket is closed. */
class Refused extends Error {
  readonly code: number

  constructor(code: number, reason: string) {
    super(reason)
    this.code = code
  }
}

export class ReportSockets {
  readonly #source: ReportSource

  constructor(source: ReportSource) {
    this.#source = source
  }

  /** The upgrade. */
  accept(caller: Caller): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.#serve(server, caller)
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { 'Sec-WebSocket-Protocol': protocol.subprotocol },
    })
  }

  #serve(socket: WebSocket, caller: Caller): void {
    let heardAt = Date.now()
    let answered = Promise.resolve()
    const watch = (): void => {
      const left = heardAt + silentMs - Date.now()
      if (left <= 0) return end(1000, 'nothing was said for a while')
      silence = setTimeout(watch, left)
    }
    let silence = setTimeout(watch, silentMs)
    const end = (code: number, reason: string): void => {
      clearTimeout(silence)
      socket.close(code, reason)
    }
    socket.addEventListener('message', ({ data }) => {
      heardAt = Date.now()
      answered = answered.then(async () => {
        try {
          socket.send(await this.#answer(data, caller))
          if (this.#source.isOver()) end(1000, 'the execution is closed')
        } catch (error) {
          if (error instanceof Refused) end(error.code, error.message)
          else end(1011, 'the report was not taken')
        }
      })
    })
    socket.addEventListener('close', () => end(1000, 'the worker left'))
    socket.addEventListener('error', () => clearTimeout(silence))
    socket.accept()
  }

  /** `Text` of `completionsAnswer`. */
  async #answer(said: string | ArrayBuffer, caller: Caller): Promise<Text> {
    const source = this.#source
    const organisation = await source.organisationFor(caller)
    if (organisation === undefined) throw new Refused(1008, 'the key is no longer good')
    if (typeof said !== 'string') throw new Refused(1003, 'reports are text')
    if (said.length > limits.workerRequestBytes) throw new Refused(1009, `at most ${limits.workerRequestBytes} bytes are taken`)
    const { data } = completions.safeParse(jsonOf(said))
    if (data === undefined) throw new Refused(1007, 'these are no completions')
    const batch = splitBatch(data, organisation.settings.limits.payloadBytes ?? limits.payloadBytes)
    if ('code' in batch) throw new Refused(1008, 'these completions are refused')
    if (batch.shares.some(({ executionId }) => executionId !== source.executionId)) {
      throw new Refused(1008, 'a report is of another execution')
    }
    return sendBatch(batch, (_, request) => source.report(request))
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused(1007, 'this is not JSON')
  }
}
