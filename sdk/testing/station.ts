/** A worker at a queue: it says hello, does what it is sent, and grants each slot again when it is free. */
import type { Holder } from '../../engine/lease.ts'
import type { Down } from '../../schemas/socket/down.ts'
import type { Registry } from '../worker/registry.ts'
import type { Connected, QueueObject } from './queue-object.ts'
import type { Surroundings } from './surroundings.ts'
import { type RunnerHost, WorkRunner } from './work-runner.ts'

export type StationHost = Pick<RunnerHost, 'workflow' | 'task' | 'log' | 'failed'>

export class Station implements Connected {
  readonly session: string
  readonly #around: Surroundings
  readonly #queue: QueueObject
  readonly #runner: WorkRunner
  /** Who is given work a second time, when a fault has it so: another process, with slots of its own. */
  readonly #twin: WorkRunner

  constructor(around: Surroundings, queue: QueueObject, session: string, registry: Registry, host: StationHost) {
    this.#around = around
    this.#queue = queue
    this.session = session
    const holder: Holder = { queue: queue.name, partition: 0, session, workerId: session }
    const released = (type: 'workflow' | 'task') => this.#grant(type)
    this.#runner = new WorkRunner(around, { ...host, holder, released })
    this.#twin = new WorkRunner(around, { ...host, holder, released: () => undefined })
    queue.connect(this, registry.hello(registry.slots, []))
  }

  received(text: string): void {
    const message: Down = JSON.parse(text)
    switch (message.type) {
      case 'activation':
        this.#runner.activate(message)
        if (this.#around.faults.duplicates()) this.#twin.activate(JSON.parse(text))
        return
      case 'task':
        this.#runner.attempt(message)
        if (this.#around.faults.duplicates()) this.#twin.attempt(JSON.parse(text))
        return
      case 'cancelTask':
        this.#runner.cancel(message)
        return this.#twin.cancel(message)
      case 'check':
        return this.#queue.message(this.session, { type: 'holding', tokens: this.#runner.tokensAmong(message.tokens) })
      case 'welcome':
      case 'notify':
      case 'drain':
      case 'error':
    }
  }

  stop(): void {
    this.#runner.stop()
    this.#twin.stop()
  }

  #grant(type: 'workflow' | 'task'): void {
    const slots = { workflow: 0, task: 0, [type]: 1 }
    this.#around.clockwork.send(() => this.#queue.message(this.session, { type: 'slots', ...slots }), true)
  }
}
