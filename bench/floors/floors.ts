/** Measures the bare objects, with the same client as the service: what a workload cannot be faster than. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Sample } from '../sample.ts'
import type { FloorServer } from './server.ts'

const payload = JSON.stringify({ type: 'TASK_COMPLETED', data: { taskId: 'task-1', attempt: 1, output: 1 } })

export class Floors {
  /** request → new object → first row */
  readonly newObject = new Sample()
  /** request → object → one row appended */
  readonly append = new Sample()
  /** socket → object that may hibernate → socket: more than the one way that a push goes */
  readonly push = new Sample()
  readonly #url: string
  readonly #socket: WebSocket

  private constructor(url: string, socket: WebSocket) {
    this.#url = url
    this.#socket = socket
  }

  static async connect({ url }: FloorServer): Promise<Floors> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/${randomUUID()}`)
    await once(socket, 'open')
    return new Floors(url, socket)
  }

  /** `rows` appends go to one object, after the row that made it. */
  async round(objects: number, rows: number): Promise<void> {
    for (let index = 0; index < objects; index += 1) await this.newObject.time(() => this.#append(randomUUID()))
    const name = randomUUID()
    await this.#append(name)
    for (let index = 0; index < rows; index += 1) {
      await this.append.time(() => this.#append(name))
      await this.push.time(() => this.#echo())
    }
  }

  async #append(name: string): Promise<void> {
    const response = await fetch(`${this.#url}/append/${name}`, { method: 'POST', body: payload })
    if (!response.ok) throw new Error(`a bare object answered ${response.status}`)
    await response.json()
  }

  async #echo(): Promise<void> {
    const answered = once(this.#socket, 'message')
    this.#socket.send(payload)
    await answered
  }

  close(): void {
    this.#socket.close()
  }
}
