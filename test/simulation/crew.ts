/** The workers of a simulation: the SDK's own, each in a process that can be paused, or killed and replaced. */

import { Worker } from '../../sdk/worker/worker.ts'
import type { WorkerOptions } from '../../sdk/worker/worker-options.ts'
import type { Chance } from './chance.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { World } from './world.ts'

export interface CrewMember {
  process: VirtualProcess
  worker: Worker
  options: WorkerOptions
}

export class Crew {
  readonly members: CrewMember[] = []
  readonly #world: World
  #started = 0

  constructor(world: World) {
    this.#world = world
  }

  start(options: WorkerOptions): void {
    this.#started += 1
    const process = new VirtualProcess(`worker-${this.#started}`, this.#world)
    const worker = process.run(() => {
      const made = new Worker({ ...options, workerId: process.name, url: 'http://service', apiKey: 'key', log: () => undefined })
      made.on('error', (error) => this.#world.note(`${process.name}: ${error.message}`))
      void made.run().catch((error: unknown) => this.#world.laws.judge('worker', process.name, String(error)))
      return made
    })
    this.members.push({ process, worker, options })
  }

  /** kill -9; another takes its place after a while. */
  kill(choice: number, ms: number): void {
    const [member] = this.members.splice(choice % this.members.length, 1)
    if (member === undefined) return
    const { process, options } = member
    this.#world.note(`${process.name} is killed`)
    process.isDead = true
    for (const queue of this.#world.queues) {
      for (const wire of [...queue.wires.values()]) if (wire.process === process) wire.cut()
    }
    process.run(() => member.worker.stop())
    this.#world.agenda.after(ms, () => this.start(options))
  }

  pause(choice: number, ms: number): void {
    const member = this.members[choice % this.members.length]
    if (member === undefined) return
    this.#world.note(`${member.process.name} is paused for ${ms}`)
    member.process.pausedUntil = this.#world.agenda.now + ms
  }

  stop(): void {
    for (const { process, worker } of this.members) process.run(() => worker.stop())
  }
}

/** What each of the workers can do; together they can do everything. */
export function crewOptions(
  chance: Chance,
  able: Pick<WorkerOptions, 'workflows' | 'tasks'>,
  partitions: number,
): WorkerOptions[] {
  const general = (): WorkerOptions => ({
    ...able,
    // With fewer slots than partitions a worker leaves some of them to others, which there may not be.
    slots: { workflow: chance.pick([partitions, 2, 10]), task: chance.pick([partitions, 3, 10]) },
    cachedExecutions: chance.pick([0, 1, 1_000, 1_000]),
  })
  const others = Array.from({ length: chance.below(3) }, () => {
    const { workflows: _, tasks: __, ...rest } = general()
    const { workflows = [], tasks = [] } = able
    return chance.pick([
      { ...rest, workflows, tasks },
      { ...rest, workflows },
      { ...rest, tasks },
      { ...rest, tasks: tasks.slice(0, 1) },
    ])
  })
  return [general(), ...others]
}
