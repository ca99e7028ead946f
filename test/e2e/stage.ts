/** A service and worker processes for one test file, and a note of which bodies ran. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'
import { startWorker, type WorkerProcess } from '../../scripts/worker-process.ts'

const steps = fileURLToPath(new URL('./steps-worker.ts', import.meta.url))

export class Stage {
  readonly folder: string
  readonly client: Client
  readonly apiKey: string
  /** What a process needs to know of the service. */
  readonly env: Record<string, string>
  readonly #entry: string
  readonly #processes: number
  service: Service
  #workers: WorkerProcess[] = []

  private constructor(folder: string, service: Service, apiKey: string, entry: string, processes: number) {
    this.folder = folder
    this.#entry = entry
    this.#processes = processes
    this.apiKey = apiKey
    this.service = service
    this.client = new Client({ url: service.url, org: 'acme', apiKey })
    this.env = { PERDURE_URL: service.url, PERDURE_ORG: 'acme', PERDURE_API_KEY: apiKey, STEPS_FILE: join(folder, 'steps') }
  }

  /** `entry` is what the workers run, `processes` how many the service has. */
  static async open({ entry = steps, processes = 1 }: { entry?: string; processes?: number } = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'perdure-e2e-'))
    const service = await startService({ data: join(folder, 'data'), processes })
    await makeOrganisation(service, 'acme')
    return new Stage(folder, service, (await makeKey(service, 'acme', 'admin')).key, entry, processes)
  }

  async worker(more: Record<string, string> = {}, url = this.service.url): Promise<WorkerProcess> {
    const worker = await startWorker({ entry: this.#entry, env: { ...this.env, ...more, PERDURE_URL: url } })
    this.#workers.push(worker)
    return worker
  }

  /** kill -9 of one of them. */
  async killWorker(pid: number): Promise<void> {
    await this.#workers.find((worker) => worker.pid === pid)?.kill('SIGKILL')
  }

  /** kill -9, and up again on the same data and port. */
  async crash(): Promise<void> {
    const { port, rootKey } = this.service
    await this.service.kill('SIGKILL')
    this.service = await startService({ data: join(this.folder, 'data'), port, rootKey, processes: this.#processes })
  }

  /** One line for each time that a body ran: execution, task, attempt. */
  bodies(): string[] {
    const file = join(this.folder, 'steps')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  release(name: string): void {
    writeFileSync(this.path(name), '')
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill('SIGKILL')))
    await this.service.kill('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}
