/** The workers of an environment: one at each queue, able to do all that was registered; and what stands in for tasks. */
import type { LogEntry } from '../definition/logger.ts'
import type { AnyTask } from '../definition/task.ts'
import { Registry } from '../worker/registry.ts'
import type { WorkerOptions } from '../worker/worker-options.ts'
import type { QueueObject } from './queue-object.ts'
import { Station, type StationHost } from './station.ts'
import type { Surroundings } from './surroundings.ts'

export type CrewOptions = Pick<WorkerOptions, 'workflows' | 'tasks' | 'slots' | 'log'>

const silent = (_: LogEntry): void => undefined

export class Crew {
  readonly #around: Surroundings
  readonly #options: CrewOptions
  readonly #registry: Registry
  readonly #mocks = new Map<string, AnyTask>()
  readonly #queues: QueueObject[] = []
  readonly #stations: Station[] = []
  /** Why an execution was last not advanced. */
  readonly #errors = new Map<string, Error>()

  /** @throws PerdureError `configuration` for two definitions of one name, or slots that are no number of slots */
  constructor(around: Surroundings, options: CrewOptions) {
    this.#around = around
    this.#options = options
    this.#registry = new Registry({ ...options, workerId: 'worker' })
  }

  /** Sends a worker there. */
  attend(queue: QueueObject): void {
    this.#queues.push(queue)
    this.#station(queue, this.#registry)
    for (const task of this.#mocks.values()) if (!this.#registry.tasks.has(task.name)) this.#stationFor(queue, task)
  }

  /** From now on this is run for tasks of the kind, whether or not they were registered. */
  mock(task: AnyTask): void {
    const isNew = !this.#registry.tasks.has(task.name) && !this.#mocks.has(task.name)
    this.#mocks.set(task.name, task)
    if (isNew) for (const queue of this.#queues) this.#stationFor(queue, task)
  }

  registered(kind: string): AnyTask | undefined {
    return this.#registry.tasks.get(kind)
  }

  /** What its code threw that keeps the execution from going on. */
  errorOf(executionId: string): Error | undefined {
    return this.#errors.get(executionId)
  }

  stop(): void {
    for (const station of this.#stations) station.stop()
  }

  #stationFor(queue: QueueObject, task: AnyTask): void {
    const { slots } = this.#options
    this.#station(queue, new Registry({ tasks: [task], workerId: `worker of ${task.name}`, ...(slots && { slots }) }))
  }

  #station(queue: QueueObject, registry: Registry): void {
    const host: StationHost = {
      workflow: (kind) => registry.workflows.get(kind),
      task: (kind) => this.#mocks.get(kind) ?? registry.tasks.get(kind),
      log: this.#options.log ?? silent,
      failed: (executionId, error) => this.#errors.set(executionId, error),
    }
    const session = `${queue.name}.${this.#stations.length + 1}`
    this.#stations.push(new Station(this.#around, queue, session, registry, host))
  }
}
