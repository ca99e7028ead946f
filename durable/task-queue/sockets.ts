/** The workers' sockets: hibernatable, found by their session, with the session's credit in the attachment. */

import { type Attachment, attachmentOf } from '../../engine/queue/rebuild.ts'
import type { Greeting, Session } from '../../engine/queue/session.ts'
import { protocol } from '../../schemas/socket/protocol.ts'

export class Sockets {
  readonly #ctx: DurableObjectState
  readonly #open = new Map<string, WebSocket>()
  readonly #heardAt = new Map<string, number>()

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    for (const socket of ctx.getWebSockets()) {
      if (socket.readyState === WebSocket.OPEN) this.#open.set(sessionOf(socket), socket)
    }
  }

  accept(greeting: Greeting): WebSocket {
    const pair = new WebSocketPair()
    this.#ctx.acceptWebSocket(pair[1])
    pair[1].serializeAttachment(greeting satisfies Attachment)
    this.#open.set(greeting.session, pair[1])
    return pair[0]
  }

  attachments(): Attachment[] {
    return [...this.#open.values()].map((socket) => socket.deserializeAttachment() as Attachment)
  }

  has(session: string): boolean {
    return this.#open.has(session)
  }

  attach(session: Session): void {
    this.#open.get(session.session)?.serializeAttachment(attachmentOf(session))
  }

  /** A socket that is closing takes nothing more; its close is told by itself. */
  send(session: string, text: string): void {
    const socket = this.#open.get(session)
    if (socket?.readyState === WebSocket.OPEN) socket.send(text)
  }

  close(session: string, code: number, reason: string): void {
    const socket = this.#open.get(session)
    this.forget(session)
    if (socket?.readyState === WebSocket.OPEN) socket.close(code, reason)
  }

  forget(session: string): void {
    this.#open.delete(session)
    this.#heardAt.delete(session)
  }

  heard(session: string, at: number): void {
    this.#heardAt.set(session, at)
  }

  /** When it last pinged or said something. */
  heardOf(session: string): number | undefined {
    const socket = this.#open.get(session)
    const ping = socket === undefined ? undefined : this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime()
    const message = this.#heardAt.get(session)
    return ping === undefined ? message : Math.max(ping, message ?? 0)
  }
}

export const sessionOf = (socket: WebSocket): string => (socket.deserializeAttachment() as Attachment).session

export const pingPong = (): WebSocketRequestResponsePair => new WebSocketRequestResponsePair(protocol.ping, protocol.pong)
