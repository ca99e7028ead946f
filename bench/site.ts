/** A service on this machine, one worker, and a client. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { type Service, startService } from '../scripts/service.ts'
import { startWorker, type WorkerProcess } from '../scripts/worker-process.ts'

const org = 'bench'
const entry = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface SiteOptions {
  /** How many divide the objects; 1. */
  processes?: number
  /** Of the organisation's settings. */
  settings?: { partitions?: Record<string, number>; indexShards?: number; retentionMs?: number }
}

export class Site {
  readonly folder: string
  readonly client: Client
  /** Where and with what a worker of one's own connects. */
  readonly place: { url: string; org: string; apiKey: string }
  #service: Service
  #worker: WorkerProcess

  private constructor(folder: string, service: Service, worker: WorkerProcess, apiKey: string) {
    this.folder = folder
    this.#service = service
    this.#worker = worker
    this.place = { url: service.url, org, apiKey }
    this.client = new Client(this.place)
  }

  static async open({ processes = 1, settings }: SiteOptions = {}): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
    const service = await startService({ data: join(folder, 'data'), processes })
    await makeOrganisation(service, org)
    const { key } = await makeKey(service, org, 'admin')
    if (settings !== undefined) await change(service, settings)
    const env = { PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: key }
    return new Site(folder, service, await startWorker({ entry, env }), key)
  }

  get servicePids(): readonly number[] {
    return this.#service.pids
  }

  get workerPid(): number {
    return this.#worker.pid
  }

  /** The service is killed and started again: nothing is in its memory. */
  async restartService(): Promise<void> {
    const { port, rootKey, pids } = this.#service
    await this.#service.kill('SIGKILL')
    this.#service = await startService({ data: join(this.folder, 'data'), port, rootKey, processes: pids.length })
  }

  async close(): Promise<void> {
    await Promise.all([this.#worker.kill('SIGKILL'), this.#service.kill()])
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function change({ url, rootKey }: Service, settings: object): Promise<void> {
  const response = await fetch(`${url}/api/orgs/${org}/settings`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${rootKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(settings),
  })
  if (!response.ok) throw new Error(`the settings were not changed: ${response.status} ${await response.text()}`)
}
