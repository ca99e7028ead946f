/** The processes of the demonstration and their data: a service, a worker, a temporary folder. All gone at the end. */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'
import { startWorker, type WorkerProcess } from '../../scripts/worker-process.ts'

const org = 'demo'
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const
const workerEntry = fileURLToPath(new URL('worker.ts', import.meta.url))

export class Stage {
  readonly client: Client
  readonly #data: string
  readonly #workerEnv: Record<string, string>
  #service: Service
  #worker: WorkerProcess | undefined

  private constructor(data: string, service: Service, client: Client, workerEnv: Record<string, string>) {
    this.#data = data
    this.#service = service
    this.client = client
    this.#workerEnv = workerEnv
  }

  /** `settings` are told to the worker in its environment. */
  static async open(settings: Record<string, string>): Promise<Stage> {
    const data = await mkdtemp(join(tmpdir(), 'perdure-demo-'))
    const discard = () => rmSync(data, removal)
    process.once('exit', discard)
    const service = await startService({ data })
    await makeOrganisation(service, org)
    const [own, workers] = await Promise.all([makeKey(service, org, 'client'), makeKey(service, org, 'worker')])
    const client = new Client({ url: service.url, org, apiKey: own.key })
    const env = { PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: workers.key, ...settings }
    const stage = new Stage(data, service, client, env)
    process.once('exit', stage.#leave).off('exit', discard)
    await stage.startWorker()
    return stage
  }

  get url(): string {
    return this.#service.url
  }

  async startWorker(): Promise<void> {
    this.#worker = await startWorker({ entry: workerEntry, env: this.#workerEnv })
  }

  async killWorker(): Promise<void> {
    await this.#worker?.kill('SIGKILL')
  }

  /** On the same port, with the same data: as after a power cut. */
  async killAndStartService(): Promise<void> {
    const { port, rootKey } = this.#service
    await this.#service.kill('SIGKILL')
    this.#service = await startService({ data: this.#data, port, rootKey })
  }

  async close(): Promise<void> {
    await Promise.all([this.#worker?.kill('SIGKILL'), this.#service.kill('SIGKILL')])
    await rm(this.#data, removal)
    process.off('exit', this.#leave)
  }

  /** When there is no time to wait: a service that still runs would write into the folder that is being removed. */
  #leave = (): void => {
    try {
      process.kill(this.#service.pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
    rmSync(this.#data, removal)
  }
}
