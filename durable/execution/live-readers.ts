/**
 * Readers that follow an execution: over an open response (SSE), or over a socket that hibernates with the object. Both
 * are moved on from the log after each turn; what they are given is on disk.
 *
 * A response is pulled by its consumer. A socket is not, and the runtime does not say what waits on its way: it would keep
 * all that a slow one has not taken. So only so much is sent over one socket; who has taken it comes back for more
 * (docs/decisions/0022).
 */
import type { Frame } from '../../engine/stream/frame.ts'
import { sseKeepAlive, sseText } from '../../engine/stream/sse.ts'
import { type LogView, type Position, StreamReader } from '../../engine/stream/stream-reader.ts'
import { streamSubprotocol } from '../../schemas/stream.ts'
import type { Caller } from './caller.ts'

const tag = 'reader'
const keepAliveMs = 15_000
/** Of one socket, with a page more: as much as a response may have waiting (`StreamReader`). */
const socketCharacters = 8_388_608

/** What a socket's attachment says: where it stands, and for whom, survives hibernation. */
interface Following extends Position {
  isOneRun: boolean
  follower: Caller
  /** Characters. */
  sent: number
}

/** Where a stream begins, and who reads it. */
export interface Beginning {
  position: Position
  isOneRun: boolean
  follower: Caller
}

interface OpenSocket {
  reader: StreamReader
  follower: Caller
  sent: number
}

export interface ReaderSource {
  readonly ctx: DurableObjectState
  log(): LogView
  /** Frames of the tasks that are open. */
  frames(): Frame[]
  /** Whether its key is still good: a key that is taken away ends what it follows. */
  mayRead(follower: Caller): Promise<boolean>
}

interface OpenResponse {
  reader: StreamReader
  wake(): void
  end(): void
}

export class LiveReaders {
  readonly #source: ReaderSource
  readonly #responses = new Set<OpenResponse>()
  readonly #sockets = new Map<WebSocket, OpenSocket>()
  readonly #moving = new Set<WebSocket>()

  constructor(source: ReaderSource) {
    this.#source = source
    for (const socket of source.ctx.getWebSockets(tag)) {
      const { isOneRun, follower, sent, ...position } = socket.deserializeAttachment() as Following
      this.#sockets.set(socket, { reader: new StreamReader(position, isOneRun), follower, sent })
    }
  }

  /** After a turn: whoever follows is moved on. */
  wake(frames: readonly Frame[]): void {
    for (const response of this.#responses) {
      response.reader.push(frames)
      if (response.reader.isOverrun) response.end()
      else response.wake()
    }
    for (const [socket, open] of this.#sockets) {
      open.reader.push(frames)
      this.#source.ctx.waitUntil(this.#move(socket, open))
    }
  }

  /** Server-sent events. The consumer pulls: a slow one costs nothing but its own place in the log. */
  respond({ position, isOneRun, follower }: Beginning, named: boolean): Response {
    const reader = new StreamReader(position, isOneRun, this.#source.frames())
    const encoder = new TextEncoder()
    let wake: () => void = () => undefined
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const open: OpenResponse = {
      reader,
      wake: () => wake(),
      end: () => {
        this.#responses.delete(open)
        wake()
        controller?.close()
        controller = undefined
      },
    }
    const pull = async (): Promise<void> => {
      for (;;) {
        await this.#source.ctx.storage.sync()
        if (!(await this.#source.mayRead(follower))) return open.end()
        if (controller === undefined) return
        const next = reader.next(this.#source.log())
        if (next.type === 'items') return controller.enqueue(encoder.encode(sseText(next.items, named)))
        if (next.type === 'end') controller.enqueue(encoder.encode(sseText([next.item], named)))
        if (next.type === 'end' || next.type === 'gone') return open.end()
        const isWoken = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), keepAliveMs)
          wake = () => {
            clearTimeout(timer)
            resolve(true)
          }
        })
        if (!isWoken) return controller?.enqueue(encoder.encode(sseKeepAlive))
      }
    }
    this.#responses.add(open)
    const body = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given
      },
      pull,
      cancel: () => {
        controller = undefined
        this.#responses.delete(open)
        wake()
      },
    })
    const headers = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }
    return new Response(body, { headers })
  }

  /** The upgrade; from here on the socket is the platform's to keep. */
  accept({ position, isOneRun, follower }: Beginning): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.#source.ctx.acceptWebSocket(server, [tag])
    server.serializeAttachment({ ...position, isOneRun, follower, sent: 0 } satisfies Following)
    const open = { reader: new StreamReader(position, isOneRun, this.#source.frames()), follower, sent: 0 }
    this.#sockets.set(server, open)
    this.#source.ctx.waitUntil(this.#move(server, open))
    return new Response(null, { status: 101, webSocket: client, headers: { 'Sec-WebSocket-Protocol': streamSubprotocol } })
  }

  closed(socket: WebSocket): void {
    this.#sockets.delete(socket)
    socket.close()
  }

  /** Sends what there is. Between pages others have their turn. */
  async #move(socket: WebSocket, open: OpenSocket): Promise<void> {
    const { reader, follower } = open
    if (this.#moving.has(socket)) return
    this.#moving.add(socket)
    try {
      while (this.#sockets.has(socket)) {
        await this.#source.ctx.storage.sync()
        if (!(await this.#source.mayRead(follower))) return this.#leave(socket, 1008, 'the key is no longer good')
        const { run, sequence } = reader.position
        const next = reader.next(this.#source.log())
        if (next.type === 'wait') return
        if (next.type === 'gone') return this.#leave(socket, 1011, 'the run is no longer there')
        if (next.type === 'items' && open.sent >= socketCharacters) {
          return this.#leave(socket, 1013, `enough for one socket: go on after ${run}-${sequence}`)
        }
        for (const { text } of next.type === 'end' ? [next.item] : next.items) {
          socket.send(text)
          open.sent += text.length
        }
        if (next.type === 'end') return this.#leave(socket, 1000, 'the execution is closed')
        const { isOneRun } = reader
        socket.serializeAttachment({ ...reader.position, isOneRun, follower, sent: open.sent } satisfies Following)
        if (reader.isOverrun) {
          return this.#leave(socket, 1013, `too slow: go on after ${reader.position.run}-${reader.position.sequence}`)
        }
      }
    } catch {
      // The socket is gone: its reader comes back where it was.
      this.#sockets.delete(socket)
    } finally {
      this.#moving.delete(socket)
    }
  }

  #leave(socket: WebSocket, code: number, reason: string): void {
    this.#sockets.delete(socket)
    socket.close(code, reason)
  }
}
