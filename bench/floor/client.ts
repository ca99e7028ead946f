/** Speaks to the bare objects as cheaply as Node can: its own HTTP client, connections that are kept, one socket. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { FloorServer } from './server.ts'

const text = (about: string): string =>
  JSON.stringify({ type: 'TASK_COMPLETED', data: { taskId: 'task-1', attempt: 1, output: 1 }, about })

export class FloorClient {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true })
  readonly #hub = `hub-${randomUUID()}`
  readonly #awaited = new Map<string, () => void>()
  #socket: WebSocket | undefined

  private constructor(url: string) {
    this.#url = url
  }

  static async connect({ url }: FloorServer): Promise<FloorClient> {
    const client = new FloorClient(url)
    client.#socket = new WebSocket(`${url.replace('http', 'ws')}/socket/${client.#hub}`)
    client.#socket.addEventListener('message', ({ data }) => {
      const { about }: { about: string } = JSON.parse(String(data))
      client.#awaited.get(about)?.()
      client.#awaited.delete(about)
    })
    await once(client.#socket, 'open')
    return client
  }

  /** One new object and a push: until both the answer and the push are here. */
  async start(): Promise<string> {
    const name = randomUUID()
    await Promise.all([this.#pushed(name), this.#send(`start/${name}?hub=${this.#hub}`, text(name))])
    return name
  }

  /** One commit. */
  async append(name: string, rows = 1): Promise<void> {
    await this.#send(`append/${name}?rows=${rows}`, text(name))
  }

  /** One commit and a push: until the push is here. */
  async appendAndPush(name: string): Promise<void> {
    await Promise.all([this.#pushed(name), this.#send(`append/${name}?hub=${this.#hub}`, text(name))])
  }

  /** One new object and a push, then so many commits, one after another. */
  async sequence(appends: number): Promise<void> {
    const name = await this.start()
    for (let index = 0; index < appends; index += 1) await this.append(name, 3)
  }

  async wake(at: number): Promise<string> {
    const name = randomUUID()
    await this.#send(`wake/${name}?at=${at}`, '')
    return name
  }

  /** How late it woke, in ms; null before. */
  async late(name: string): Promise<number | null> {
    const { late }: { late: number | null } = JSON.parse(await this.#send(`late/${name}`, ''))
    return late
  }

  close(): void {
    this.#socket?.close()
    this.#agent.destroy()
  }

  #pushed(about: string): Promise<void> {
    return new Promise((resolve) => this.#awaited.set(about, resolve))
  }

  #send(path: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asking = request(`${this.#url}/${path}`, { method: 'POST', agent: this.#agent }, (message) => {
        let answer = ''
        message.setEncoding('utf8')
        message.on('data', (chunk: string) => {
          answer += chunk
        })
        message.on('end', () => {
          if (message.statusCode === 200) resolve(answer)
          else reject(new Error(`a bare object answered ${message.statusCode}: ${answer}`))
        })
        message.on('error', reject)
      })
      asking.on('error', reject)
      asking.end(body)
    })
  }
}
