/**
 * One simulated installation: executions, queues, workers, the network between them, and virtual time. Everything that
 * is left to chance comes from the seed, and nothing happens but by the agenda.
 */

import type { FlowPin } from '../../engine/flow/definition.ts'
import { Agenda } from './agenda.ts'
import type { Chance } from './chance.ts'
import { ExecutionHome } from './execution.ts'
import { answerRequest } from './front.ts'
import type { Listing } from './index/listing.ts'
import { LawBook } from './law-book.ts'
import { Possession } from './possession.ts'
import { QueueHome } from './queue.ts'
import { ReportWire } from './report-wire.ts'
import { everyIndex, type Fault, latenessOf, Storm } from './storm.ts'
import { type Machine, macrotask, type VirtualProcess } from './virtual-process.ts'
import { VirtualSocket, Wire } from './wire.ts'

export interface Climate {
  partitions: number
  /** Clocks of objects differ by up to so much. */
  skewMs: number
  faults: readonly Fault[]
  /** Objects that are idle are evicted, as the platform does. */
  evictsIdle: boolean
  /** Nothing goes wrong after this. */
  stormMs: number
}

/** In so many simulations all reports are requests. */
const proxyShare = 0.5

export class World implements Machine {
  readonly agenda = new Agenda()
  readonly storm: Storm
  readonly laws = new LawBook()
  readonly possession = new Possession()
  readonly executions = new Map<string, ExecutionHome>()
  /** Those that are saved, by kind. */
  readonly flows = new Map<string, FlowPin>()
  readonly queues: readonly QueueHome[]
  readonly partitions: number
  readonly evictsIdle: boolean
  /** Absent: nobody is listed. */
  listing: Listing | undefined
  /** So many events are in one message or page at most. */
  pageEvents = Number.POSITIVE_INFINITY
  readonly trace: string[] = []
  /** Of workers, open or being opened. */
  readonly sockets = new Set<VirtualSocket>()
  readonly #beganAt = this.agenda.now
  readonly #chance: Chance
  readonly #skewMs: number
  /** Between workers and the service, one that lets no sockets to executions through. */
  readonly #hasProxy: boolean
  readonly #immediates: (() => void)[] = []
  #connections = 0

  constructor(chance: Chance, climate: Climate) {
    this.#chance = chance.fork('world')
    this.#skewMs = climate.skewMs
    this.partitions = climate.partitions
    this.evictsIdle = climate.evictsIdle
    this.queues = Array.from({ length: climate.partitions }, (_, partition) => new QueueHome(this, partition))
    this.#hasProxy = chance.fork('proxy').isTrue(proxyShare)
    this.storm = new Storm(climate.faults, chance.fork('storm'), climate.stormMs, () => this.elapsed)
  }

  get elapsed(): number {
    return this.agenda.now - this.#beganAt
  }

  get now(): number {
    return this.elapsed
  }

  /** Clocks of objects differ by up to so much. */
  get clocksDifferMs(): number {
    return 2 * this.#skewMs
  }

  /** When the last fault that has struck and can hold up the work of this execution is over. */
  disturbedUntil(executionId: string): number {
    return this.#beganAt + this.storm.overAt(executionId, this.queue(this.partitionOf(executionId)).name)
  }

  /** As `disturbedUntil`, of what the index is told of it. */
  listingDisturbedUntil(executionId: string): number {
    const shards = this.listing?.shards.map(({ name }) => name) ?? []
    const queue = this.queue(this.partitionOf(executionId)).name
    return this.#beganAt + this.storm.overAt(executionId, queue, everyIndex, ...shards)
  }

  note(what: string): void {
    this.trace.push(`${String(this.elapsed).padStart(8)} ${what}`)
  }

  skew(): number {
    return this.#chance.between(-this.#skewMs, this.#skewMs)
  }

  delayMs(): number {
    return this.#chance.isTrue(0.9) ? this.#chance.between(0, 4) : this.#chance.between(5, 60)
  }

  syncMs(): number {
    return this.#chance.between(0, 3)
  }

  execution(executionId: string): ExecutionHome {
    const home = this.executions.get(executionId) ?? new ExecutionHome(this, executionId)
    this.executions.set(executionId, home)
    return home
  }

  queue(partition: number): QueueHome {
    const home = this.queues[partition]
    if (home === undefined) throw new RangeError(`there is no partition ${partition}`)
    return home
  }

  partitionOf(executionId: string): number {
    return Number.parseInt(executionId.slice(-1), 10) % this.partitions
  }

  /** Lets the next thing happen, with all that follows from it at once. */
  async step(until: number): Promise<boolean> {
    if (!this.agenda.step(until)) return false
    await this.settle()
    return true
  }

  async settle(): Promise<void> {
    await macrotask()
    for (let run = this.#immediates.shift(); run !== undefined; run = this.#immediates.shift()) {
      run()
      await macrotask()
    }
  }

  // What processes find behind their globals.

  random(): number {
    return this.#chance.fraction()
  }

  uuid(): string {
    return this.#chance.uuid()
  }

  later(process: VirtualProcess, ms: number, run: () => void): () => void {
    let cancel: () => void = () => undefined
    const happen = (): void => {
      if (process.isDead) return
      if (this.agenda.now < process.pausedUntil) cancel = this.agenda.at(process.pausedUntil, happen)
      else process.run(run)
    }
    cancel = this.agenda.after(Math.max(0, Math.ceil(ms)), happen)
    return () => cancel()
  }

  immediately(process: VirtualProcess, run: () => void): void {
    this.#immediates.push(() => {
      if (!process.isDead) process.run(run)
    })
  }

  /** Something arrives at a process. */
  deliver(process: VirtualProcess, run: () => void, ms = this.delayMs()): void {
    this.later(process, ms, run)
  }

  connect(process: VirtualProcess, url: string): EventTarget {
    const { pathname, searchParams } = new URL(url)
    if (pathname.endsWith('/reports')) {
      const wire = new ReportWire(this, process, decodeURIComponent(pathname.split('/').at(-2) ?? ''))
      this.note(`${process.name} connects to report`)
      if (this.#hasProxy) wire.close()
      else wire.open()
      return wire
    }
    const partition = Number(searchParams.get('partition'))
    this.#connections += 1
    const socket = new VirtualSocket(process)
    const wire = new Wire(this, this.queue(partition), socket, `${partition}.${this.#connections}`)
    this.sockets.add(socket)
    this.note(`${process.name} connects as ${wire.session}`)
    wire.open()
    return socket
  }

  fetch(process: VirtualProcess, url: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      const fault = this.storm.message('worker-to-service')
      if (fault !== undefined) this.note(`${fault.type} ${process.name} to the service`)
      const late = latenessOf(fault)
      const fail = () => this.deliver(process, () => reject(new TypeError('fetch failed')))
      if (fault?.type === 'lose-request') return fail()
      const send = (isHeard: boolean): void => {
        const headers = new Headers(init.headers)
        const body = String(init.body ?? '')
        void answerRequest(this, new URL(url), headers, body).then(({ status, text }) => {
          if (!isHeard) return
          if (fault?.type === 'lose-reply') return fail()
          const response = Object.assign(new Response(null, { status }), { text: async () => text })
          this.deliver(
            process,
            () => {
              this.possession.answered(process, new URL(url).pathname, body, status, text)
              resolve(response)
            },
            this.delayMs() + late.back,
          )
        })
      }
      this.agenda.after(this.delayMs() + late.there, () => send(true))
      if (fault?.type === 'repeat') this.agenda.after(this.delayMs() + fault.ms, () => send(false))
    })
  }
}
