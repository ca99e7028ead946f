/**
 * Bare Durable Objects: the least that the platform can do for what the service promises. They make the same commits, alarms
 * and messages, and nothing else.
 */
import { DurableObject } from 'cloudflare:workers'

interface Env {
  FLOOR: DurableObjectNamespace<Floor>
}

const dutyMs = 5_000
const retentionMs = 30 * 86_400_000

export class Floor extends DurableObject<Env> {
  /** A new object: two tables, three rows, an alarm; one commit, after those with which the platform makes its database. */
  start(text: string, hub: string | null): void {
    const { storage } = this.ctx
    storage.transactionSync(() => {
      storage.sql.exec('CREATE TABLE head (id INTEGER PRIMARY KEY, name TEXT NOT NULL)')
      storage.sql.exec('CREATE TABLE events (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL)')
      storage.sql.exec('INSERT INTO head (name) VALUES (?)', this.ctx.id.name ?? '')
      this.#insert(text)
      void storage.setAlarm(Date.now() + dutyMs)
    })
    this.#tell(hub, text)
  }

  /** One commit of so many rows. */
  append(text: string, rows: number, hub: string | null): void {
    this.ctx.storage.transactionSync(() => {
      for (let row = 0; row < rows; row += 1) this.#insert(text)
    })
    this.#tell(hub, text)
  }

  /** Wakes at `at`, and notes when that was. */
  async wake(at: number): Promise<void> {
    this.ctx.storage.sql.exec('CREATE TABLE alarms (due_at INTEGER NOT NULL, fired_at INTEGER)')
    this.ctx.storage.sql.exec('INSERT INTO alarms (due_at) VALUES (?)', at)
    await this.ctx.storage.setAlarm(at)
  }

  /** Milliseconds, or null before it has fired. */
  late(): number | null {
    return this.ctx.storage.sql.exec<{ late: number | null }>('SELECT fired_at - due_at AS late FROM alarms').one().late
  }

  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage
    const isTimer = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'alarms'").toArray().length > 0
    if (isTimer) sql.exec('UPDATE alarms SET fired_at = ?', Date.now())
    else await this.ctx.storage.setAlarm(Date.now() + retentionMs)
  }

  /** To the one socket that is there. */
  push(text: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(text)
  }

  override async fetch(): Promise<Response> {
    const pair = new WebSocketPair()
    this.ctx.acceptWebSocket(pair[1])
    return new Response(null, { status: 101, webSocket: pair[0] })
  }

  #insert(text: string): void {
    this.ctx.storage.sql.exec('INSERT INTO events (at, text) VALUES (?, ?)', Date.now(), text)
  }

  #tell(hub: string | null, text: string): void {
    if (hub !== null) this.ctx.waitUntil(this.env.FLOOR.getByName(hub).push(text))
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/ready') return new Response('ready')
    const [, action, name] = pathname.split('/')
    const floor = env.FLOOR.getByName(name ?? '')
    const hub = searchParams.get('hub')
    switch (action) {
      case 'start':
        await floor.start(await request.text(), hub)
        return Response.json({ started: true })
      case 'append':
        await floor.append(await request.text(), Number(searchParams.get('rows') ?? 1), hub)
        return Response.json({ appended: true })
      case 'wake':
        await floor.wake(Number(searchParams.get('at')))
        return Response.json({ set: true })
      case 'late':
        return Response.json({ late: await floor.late() })
      case 'socket':
        return floor.fetch(request)
    }
    return new Response('not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>
