/**
 * The service from outside, inside the Workers runtime: its routes through `fetch`, and a worker's side of the socket,
 * message by message. Nothing of ours stands behind it: what it sends is what any worker would send.
 */
import { exports } from 'cloudflare:workers'
import type { z } from 'zod'
import type { Accept, CompletionsAnswer, Report, Then } from '../../schemas/reports.ts'
import type { Down } from '../../schemas/socket/down.ts'
import type { Up } from '../../schemas/socket/up.ts'
import type { activation, taskWork } from '../../schemas/work.ts'

export type Activation = z.infer<typeof activation>
export type TaskWork = z.infer<typeof taskWork>

export const rootKey = 'root-key-of-the-tests'

/** An organisation of its own: nothing that other tests leave is in its way. */
export class Organisation {
  readonly name = `acme-${crypto.randomUUID()}`
  /** How many were made. */
  requests = 0

  static async create(): Promise<Organisation> {
    const organisation = new Organisation()
    await organisation.call('PUT', '')
    return organisation
  }

  async request(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${rootKey}`, 'Content-Type': 'application/json', ...more }
    const init: RequestInit = { method, headers }
    if (body !== undefined) init.body = JSON.stringify(body)
    this.requests += 1
    return exports.default.fetch(new Request(`http://perdure.test/api/orgs/${this.name}${path}`, init))
  }

  /** The answer's body; a refusal throws with its code. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by matchers
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const response = await this.request(method, path, body)
    const answer = (await response.json().catch(() => null)) as { code?: string } | null
    if (!response.ok)
      throw Object.assign(new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`), { code: answer?.code })
    return answer
  }

  start(id: string, more: object = {}) {
    return this.call('POST', '/workflow-executions', { kind: 'flow', id, ...more })
  }

  describe(id: string) {
    return this.call('GET', `/workflow-executions/${id}`)
  }

  async events(id: string): Promise<{ sequence: number; type: string; data: Record<string, unknown> }[]> {
    const events = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: { events: { sequence: number; type: string; data: Record<string, unknown> }[]; nextAfter?: number } =
        await this.call('GET', `/workflow-executions/${id}/events?after=${after}`)
      events.push(...page.events)
      after = page.nextAfter
    }
    return events
  }

  async connect(hello: Partial<Extract<Up, { type: 'hello' }>> = {}, queue = 'default'): Promise<Peer> {
    const response = await exports.default.fetch(
      new Request(`http://perdure.test/api/orgs/${this.name}/queues/${queue}/connect?partition=0`, {
        headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `perdure.v1, perdure.key.${rootKey}` },
      }),
    )
    if (response.webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`)
    const peer = new Peer(this, response.webSocket, queue)
    peer.say({
      type: 'hello',
      workerId: 'w1',
      sdk: 'peer',
      workflows: ['flow'],
      tasks: ['work'],
      slots: { workflow: 1, task: 1 },
      inFlight: [],
      ...hello,
    })
    peer.session = (await peer.next('welcome')).session
    return peer
  }
}

/** One worker's socket, and its requests. */
export class Peer {
  readonly organisation: Organisation
  readonly received: Down[] = []
  readonly #queue: string
  readonly #socket: WebSocket
  #looked = new Set<Down>()
  #wake: () => void = () => undefined
  closed = false
  session = ''

  constructor(organisation: Organisation, socket: WebSocket, queue: string) {
    this.organisation = organisation
    this.#queue = queue
    this.#socket = socket
    socket.addEventListener('message', (message) => {
      this.received.push(JSON.parse(String(message.data)) as Down)
      this.#wake()
    })
    socket.addEventListener('close', () => {
      this.closed = true
      this.#wake()
    })
    socket.accept()
  }

  say(message: Up): void {
    this.#socket.send(JSON.stringify(message))
  }

  close(): void {
    this.#socket.close(1000, 'bye')
  }

  /** The next message of that type that nobody has looked at. */
  next<Type extends Down['type']>(type: Type): Promise<Extract<Down, { type: Type }>> {
    return this.nextOf([type])
  }

  async nextOf<Type extends Down['type']>(types: Type[]): Promise<Extract<Down, { type: Type }>> {
    const wanted: ReadonlySet<string> = new Set(types)
    for (;;) {
      const found = this.received.find((message) => wanted.has(message.type) && !this.#looked.has(message))
      if (found !== undefined) {
        this.#looked.add(found)
        return found as Extract<Down, { type: Type }>
      }
      if (this.closed) throw new Error(`the socket closed before a message ${types.join(' or ')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  accept(workflow: number, task: number): Accept {
    return { queue: this.#queue, workflow, task, workflowKinds: ['flow'], taskKinds: ['work'] }
  }

  /** Answers an activation by its own door. */
  answer(activation: Activation, commands: unknown[], more: object = {}) {
    const { executionId, activationId, token, snapshotSequence } = activation
    const body = { token, snapshotSequence, commands, session: this.session, ...more }
    return this.organisation.call('POST', `/workflow-executions/${executionId}/activations/${activationId}/complete`, body)
  }

  async report(reports: Report[], more: { then?: Then[]; accept?: Accept; requestId?: string } = {}): Promise<CompletionsAnswer> {
    const body = { requestId: crypto.randomUUID(), session: this.session, reports, ...more }
    return (await this.organisation.call('POST', '/worker/completions', body)) as CompletionsAnswer
  }
}

export const done = (task: TaskWork, output: Report extends { output?: infer Output } ? Output : never = 1 as never): Report =>
  ({ type: 'task', executionId: task.executionId, run: task.run, id: task.taskId, token: task.token, output }) as Report

export const scheduled = (n: number, more: object = {}) => ({ type: 'SCHEDULE_TASK', taskId: `task-${n}`, kind: 'work', ...more })
export const scheduledMany = (n: number) => Array.from({ length: n }, (_, index) => scheduled(index + 1))
