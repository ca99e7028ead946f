/** What the cases share: workers and a client of the service that the environment names, in whatever runtime this is. */
import { Client } from 'perdure/client'
import { Worker, type WorkerOptions } from 'perdure/worker'

export interface Case {
  name: string
  run(shop: Workshop): Promise<void>
}

export const environment = {
  url: process.env['PERDURE_URL'] ?? '',
  org: process.env['PERDURE_ORG'] ?? '',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
}

/** A queue of its own, whose workers end with the case. */
export class Workshop {
  readonly queue: string
  readonly client = new Client(environment)
  readonly errors: Error[] = []
  readonly #running: { worker: Worker; done: Promise<void> }[] = []

  constructor(queue: string) {
    this.queue = queue
  }

  async worker(options: Omit<WorkerOptions, 'url' | 'org' | 'apiKey' | 'queue'>): Promise<Worker> {
    const worker = new Worker({ ...environment, queue: this.queue, log: () => undefined, ...options })
    worker.on('error', (error) => this.errors.push(error))
    const connected = new Promise((resolve) => worker.on('connected', resolve))
    this.#running.push({ worker, done: worker.run() })
    await connected
    return worker
  }

  /** At an address of the organisation, with plain HTTP. */
  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${environment.url}/api/orgs/${environment.org}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${environment.apiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Record<string, unknown>
  }

  async close(): Promise<void> {
    for (const { worker } of this.#running) worker.stop()
    await Promise.all(this.#running.map(({ done }) => done))
  }
}

/** Asks until there is an answer; a case that hangs is ended by whoever started the process. */
export async function until<Value>(ask: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
