/** What is measured and what it is measured against, all on this machine: the service, a worker, bare objects, a client. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { type Service, startService } from '../scripts/service.ts'
import { startWorker, type WorkerProcess } from '../scripts/worker-process.ts'
import { FloorClient } from './floor/client.ts'
import { type FloorServer, serveFloors } from './floor/server.ts'

const org = 'bench'
const entry = fileURLToPath(new URL('worker.ts', import.meta.url))

export class Stage {
  readonly folder: string
  readonly client: Client
  readonly floor: FloorClient
  /** Where and with what a worker of one's own connects. */
  readonly place: { url: string; org: string; apiKey: string }
  #service: Service
  #worker: WorkerProcess
  readonly #floors: FloorServer

  private constructor(parts: { folder: string; service: Service; key: string; worker: WorkerProcess } & Floors) {
    this.folder = parts.folder
    this.#service = parts.service
    this.#worker = parts.worker
    this.#floors = parts.floors
    this.floor = parts.floor
    this.place = { url: parts.service.url, org, apiKey: parts.key }
    this.client = new Client(this.place)
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
    const service = await startService({ data: join(folder, 'data') })
    await makeOrganisation(service, org)
    const { key } = await makeKey(service, org, 'admin')
    const worker = await startWorker({ entry, env: environmentOf(service.url, key) })
    const floors = await serveFloors(folder)
    return new Stage({ folder, service, key, worker, floors, floor: await FloorClient.connect(floors) })
  }

  get servicePid(): number {
    return this.#service.pid
  }

  get workerPid(): number {
    return this.#worker.pid
  }

  /** The service is killed and started again: nothing is in its memory. */
  async restartService(): Promise<void> {
    const { port, rootKey } = this.#service
    await this.#service.kill('SIGKILL')
    this.#service = await startService({ data: join(this.folder, 'data'), port, rootKey })
  }

  async close(): Promise<void> {
    this.floor.close()
    await Promise.all([this.#worker.kill('SIGKILL'), this.#service.kill(), this.#floors.close()])
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Floors {
  floors: FloorServer
  floor: FloorClient
}

const environmentOf = (url: string, key: string): Record<string, string> => ({
  PERDURE_URL: url,
  PERDURE_ORG: org,
  PERDURE_API_KEY: key,
})
