/**
 * Bare Durable Objects: the least that the platform can do for what the service promises. They do the same storage work, one
 * synced commit each, and nothing else.
 */
import { DurableObject } from 'cloudflare:workers'

interface Env {
  FLOOR: DurableObjectNamespace<Floor>
}

export class Floor extends DurableObject<Env> {
  /** The first call of a new object makes its database; each call adds one row. */
  append(text: string): number {
    const { sql } = this.ctx.storage
    sql.exec('CREATE TABLE IF NOT EXISTS rows (sequence INTEGER PRIMARY KEY, text TEXT NOT NULL)')
    return Number(sql.exec('INSERT INTO rows (text) VALUES (?) RETURNING sequence', text).one()['sequence'])
  }

  override async fetch(): Promise<Response> {
    const pair = new WebSocketPair()
    this.ctx.acceptWebSocket(pair[1])
    return new Response(null, { status: 101, webSocket: pair[0] })
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    socket.send(message)
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/ready') return new Response('ready')
    const [, action, name] = pathname.split('/')
    const floor = env.FLOOR.getByName(name ?? '')
    switch (action) {
      case 'append':
        return Response.json({ sequence: await floor.append(await request.text()) })
      case 'socket':
        return floor.fetch(request)
    }
    return new Response('not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>
