/**
 * A worker process: takes work of one queue as far as it has slots, runs it, and reports.
 *
 * 1. It never has more work than slots, and asks for none while it drains.
 * 2. What it holds, it holds through lost sockets and a service that restarts: it says so, and answers when it can.
 */
import { name } from '../../schemas/identity.ts'
import type { Accept, Reply } from '../../schemas/reports.ts'
import type { Down } from '../../schemas/socket/down.ts'
import type { Activation, TaskWork } from '../../schemas/work.ts'
import type { LogEntry } from '../definition/logger.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { Service } from '../http/service.ts'
import type { ServiceError } from '../http/service-error.ts'
import { deferred } from '../replay/deferred.ts'
import { sendFailure } from './activation-failure.ts'
import { ActivationWork } from './activation-work.ts'
import type { Share } from './batch.ts'
import { Connection } from './connection.ts'
import { Credit } from './credit.ts'
import { Emitter } from './emitter.ts'
import { HeldWork } from './held-work.ts'
import { readHistory } from './history-reader.ts'
import { heldFor, KeptRuns } from './kept-runs.ts'
import { writeLog } from './log-sink.ts'
import { Outbox } from './outbox.ts'
import { fitting, Registry } from './registry.ts'
import { tolerateRejectionsOfWorkflows } from './rejections.ts'
import { Renewal } from './renewal.ts'
import { ServerClock } from './server-clock.ts'
import { Speculation } from './speculation.ts'
import { Tally } from './tally.ts'
import { TaskRuns } from './task-runs.ts'
import type { WorkerEvents, WorkerMetrics, WorkerOptions } from './worker-options.ts'

/**
 * Runs workflows and tasks of one queue.
 *
 * ```ts
 * const worker = new Worker({ url, org, apiKey, queue: 'media', workflows: [album], tasks: [resize], slots: { task: 20 } })
 * await worker.run() // until SIGTERM, which drains
 * ```
 */
export class Worker {
  readonly #service: Service
  readonly #registry: Registry
  readonly #events = new Emitter<WorkerEvents>()
  readonly #clock = new ServerClock()
  readonly #held = new HeldWork()
  readonly #kept: KeptRuns
  readonly #credit: Credit
  readonly #outbox: Outbox
  readonly #tasks: TaskRuns
  readonly #activations: ActivationWork
  readonly #speculation: Speculation
  readonly #renewal: Renewal
  readonly #connections = new Map<number, Connection>()
  readonly #partitions: readonly number[] | undefined
  readonly #running = deferred<void>()
  readonly #log: (entry: LogEntry) => void
  readonly #tally = new Tally(this.#events)
  #phase: 'new' | 'running' | 'draining' | 'stopped' = 'new'

  constructor(options: WorkerOptions) {
    this.#service = new Service(options)
    this.#registry = new Registry(options)
    fitting(name.optional(), options.workerId, 'workerId')
    if (this.#registry.isEmpty) {
      throw new PerdureError('workflows and tasks are missing: a worker has some of either', { code: 'configuration' })
    }
    this.#partitions = options.partitions
    this.#log = options.log ?? writeLog
    this.#kept = new KeptRuns(options.cachedExecutions ?? 1_000, (kept) => this.#held.removeAll(heldFor(kept)))
    this.#credit = new Credit(this.#registry, () => this.#connected())
    const post: Outbox['post'] = (report, via, settled) => this.#outbox.post(report, via, settled)
    const log = this.#log
    const held = this.#held
    const kept = this.#kept
    const registry = this.#registry
    this.#tasks = new TaskRuns({
      held,
      post,
      log,
      task: (kind) => registry.tasks.get(kind),
      released: () => this.#credit.released('task'),
      ended: (work, outcome) => this.#tally.taskEnded(work, outcome),
    })
    this.#activations = new ActivationWork({
      held,
      kept,
      post,
      log,
      read: (work, after, upTo, signal) => readHistory(this.#service, work, after, upTo, signal),
      fail: (activation, failure, signal, via) =>
        sendFailure(this.#service, activation, failure, signal, registry.identity(via.session)),
      workflow: (kind) => registry.workflows.get(kind),
      released: () => this.#credit.released('workflow'),
      ended: (activation, outcome, error) => this.#tally.activationEnded(activation, outcome, error),
    })
    this.#speculation = new Speculation(kept, this.#clock, (...name) => this.#tasks.has(...name))
    this.#renewal = new Renewal({ kept, post })
    this.#outbox = new Outbox({
      service: this.#service,
      foresee: (executionId, reports) => this.#speculation.foresee(executionId, reports),
      offer: (shares) => this.#offer(shares),
      answered: (offered, replies) => this.#answered(offered, replies),
      refused: (error) => this.#refused(error),
    })
  }

  get metrics(): WorkerMetrics {
    return {
      tasks: this.#credit.pools.task.held,
      activations: this.#credit.pools.workflow.held,
      keptRuns: this.#kept.size,
      ...this.#tally.counts,
      replays: this.#activations.replays,
      speculationsTaken: this.#speculation.taken,
      speculationsDropped: this.#speculation.dropped,
      requests: this.#outbox.requests,
      messages: this.#outbox.messages,
    }
  }

  /**
   * ```ts
   * worker.on('error', (error) => console.error(error))
   * ```
   * @returns stops listening
   */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Works until `drain()`, `stop()` or SIGTERM.
   *
   * @throws PerdureError `unauthenticated` or `forbidden` when the key is refused
   */
  async run(): Promise<void> {
    if (this.#phase !== 'new') throw new PerdureError(`the worker is ${this.#phase}: it runs once`, { code: 'worker_state' })
    this.#phase = 'running'
    const undo = tolerateRejectionsOfWorkflows()
    const onTerminate = () => void this.drain()
    globalThis.process?.once?.('SIGTERM', onTerminate)
    this.#renewal.start()
    if (this.#partitions === undefined) this.#connect(0)
    else this.#serve(this.#partitions)
    try {
      await this.#running.promise
    } finally {
      globalThis.process?.off?.('SIGTERM', onTerminate)
      undo()
    }
  }

  /** Takes no new work, finishes what it holds, then leaves. */
  async drain(): Promise<void> {
    if (this.#phase === 'new') this.stop()
    if (this.#phase === 'running') {
      this.#phase = 'draining'
      this.#credit.close()
      for (const connection of this.#connections.values()) connection.send({ type: 'drain' })
      await this.#relieved()
      this.stop()
    }
    await this.#running.promise
  }

  /** Leaves at once: what it holds is given to others. */
  stop(): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#release()
    this.#running.resolve()
  }

  #release(): void {
    this.#credit.close()
    this.#renewal.stop()
    this.#outbox.stop()
    this.#activations.stop()
    this.#tasks.stopAll('the worker stops')
    this.#kept.clear()
    for (const connection of this.#connections.values()) connection.close()
  }

  #refused(error: ServiceError): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#release()
    this.#running.reject(error)
  }

  /** Resolves when nothing is held and everything has been said. */
  async #relieved(): Promise<void> {
    while (!this.#held.isEmpty && this.#phase === 'draining') {
      await Promise.race([this.#held.changed(), this.#running.promise])
      await this.#outbox.drained()
    }
    await this.#outbox.drained()
  }

  #serve(partitions: readonly number[]): void {
    const fewest = this.#registry.fewestSlots
    if (partitions.length > fewest && this.#connections.size < partitions.length) {
      const message = `the queue has ${partitions.length} partitions and this worker ${fewest} slots: it serves the first ${fewest}`
      this.#events.emit('error', new PerdureError(message, { code: 'configuration' }))
    }
    const served = partitions.slice(0, fewest)
    this.#credit.expect(served.length)
    for (const partition of served) this.#connect(partition)
  }

  #connect(partition: number): void {
    if (this.#connections.has(partition)) return
    const connection = new Connection(
      {
        service: this.#service,
        queue: this.#registry.queue,
        hello: (each) => this.#hello(each),
        welcomed: (_, session, partitions) => this.#welcomed(partition, session, partitions),
        received: (message, via) => this.#received(message, via),
        lost: () => this.#events.emit('disconnected', { partition }),
        failed: (error) => this.#events.emit('error', error),
        refused: (error) => this.#refused(error),
      },
      partition,
    )
    this.#connections.set(partition, connection)
    void connection.run()
  }

  #hello(connection: Connection) {
    return this.#registry.hello(this.#credit.first(connection), this.#held.itemsOf(connection))
  }

  #welcomed(partition: number, session: string, partitions: number): void {
    if (this.#partitions === undefined) this.#serve(Array.from({ length: partitions }, (_, each) => each))
    if (this.#phase === 'draining') this.#connections.get(partition)?.send({ type: 'drain' })
    this.#credit.grant()
    this.#events.emit('connected', { partition, session })
  }

  #received(message: Exclude<Down, { type: 'welcome' }>, via: Connection): void {
    switch (message.type) {
      case 'activation':
        this.#credit.pushed('workflow', via)
        return this.#begin(message, via)
      case 'task':
        this.#credit.pushed('task', via)
        return this.#beginTask(message, via)
      case 'cancelTask':
        return this.#tasks.cancel(message)
      case 'check':
        return via.send({ type: 'holding', tokens: this.#held.tokensAmong(message.tokens) })
      case 'notify':
        via.backlog = message.backlog
        return this.#credit.settle()
      case 'drain':
        void this.drain()
        return
      case 'error':
        this.#events.emit('error', new PerdureError(message.message, { code: message.code }))
    }
  }

  #begin(activation: Activation, via: Connection): void {
    this.#clock.heard(activation.activationAt)
    void this.#activations.perform(activation, via)
  }

  #beginTask(work: TaskWork, via: Connection): void {
    this.#kept.meet(work.executionId, work.run, work.runStartedAt)
    void this.#tasks.perform(work, via)
  }

  #offer(shares: readonly Share[]): Accept | undefined {
    if (this.#phase !== 'running' || shares.some(({ via }) => via.session === undefined)) return undefined
    const isPressed = shares.some(({ via }) => via.backlog > 0)
    const isKept = ({ executionId, posted: [first] }: Share) =>
      first !== undefined && this.#kept.find(executionId, first.report.run) !== undefined
    const runs = isPressed ? shares.filter(isKept) : shares
    return this.#credit.offer(runs.length, isPressed)
  }

  #answered(offered: Accept | undefined, replies: readonly { reply: Reply; via: Connection }[]): void {
    this.#credit.withdraw(offered)
    for (const { reply, via } of replies) {
      this.#clock.heard(reply.at)
      if (reply.activation !== undefined) {
        this.#credit.carried('workflow')
        this.#begin(reply.activation, via)
      }
      for (const work of reply.tasks ?? []) {
        this.#credit.carried('task')
        this.#beginTask(work, via)
      }
    }
    this.#credit.settle()
  }

  /** Also those whose hello is on its way: it grants credits. */
  #connected(): Connection[] {
    return [...this.#connections.values()].filter(
      ({ session, granted }) => session !== undefined || granted.workflow + granted.task > 0,
    )
  }
}
