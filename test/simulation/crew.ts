/** The workers of a simulation: the SDK's own, each in a process that can be paused, or killed and replaced. */

import { Worker } from '../../sdk/worker/worker.ts'
import type { WorkerOptions } from '../../sdk/worker/worker-options.ts'
import type { Chance } from './chance.ts'
import { Poller } from './poller.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { VirtualSocket } from './wire.ts'
import type { World } from './world.ts'

export interface CrewOptions extends WorkerOptions {
  /** It has no socket. */
  polls?: boolean
}

export interface CrewMember {
  process: VirtualProcess
  worker: { stop(): void; readonly metrics: { tasks: number; activations: number } }
  options: CrewOptions
}

export class Crew {
  readonly members: CrewMember[] = []
  readonly #world: World
  #started = 0

  constructor(world: World) {
    this.#world = world
  }

  start(options: CrewOptions): void {
    this.#started += 1
    const process = new VirtualProcess(`worker-${this.#started}`, this.#world)
    const worker = process.run(() => {
      const { polls, ...rest } = options
      const all = { ...rest, workerId: process.name, url: 'http://service', apiKey: 'key', log: () => undefined }
      const made = polls ? new Poller(all, this.#world.partitions) : new Worker(all)
      if (made instanceof Worker) made.on('error', (error) => this.#world.note(`${process.name}: ${error.message}`))
      void made.run().catch((error: unknown) => this.#world.laws.judge('worker', process.name, String(error)))
      return made
    })
    this.members.push({ process, worker, options })
  }

  /** kill -9: its machine closes the sockets. Another takes its place after a while. */
  kill(choice: number, ms: number): void {
    for (const { wire } of this.#end(choice, ms, 'is killed')) wire?.cut()
  }

  /** The machine is gone without a word: nobody ever closes its sockets. */
  vanish(choice: number, ms: number): void {
    for (const { wire } of this.#end(choice, ms, 'vanishes')) if (wire !== undefined) wire.isHalfOpen = true
  }

  #end(choice: number, ms: number, how: string): VirtualSocket[] {
    const [member] = this.members.splice(choice % this.members.length, 1)
    if (member === undefined) return []
    const { process, options, worker } = member
    const sockets = [...this.#world.sockets].filter((socket) => socket.process === process)
    this.#world.note(`${process.name} ${how}`)
    process.isDead = true
    this.#world.possession.ended(process)
    for (const socket of sockets) this.#world.sockets.delete(socket)
    this.#world.agenda.after(ms, () => this.start(options))
    // What it still says in its end is heard by nobody.
    this.#world.agenda.after(0, () => process.run(() => worker.stop()))
    return sockets
  }

  /** Of each worker: what it holds and has granted is never more than its slots. */
  slotComplaint(): string | undefined {
    for (const { process, worker, options } of this.members) {
      const { tasks, activations } = worker.metrics
      const granted = { workflow: 0, task: 0 }
      for (const { process: owner, credit } of this.#world.sockets) {
        if (owner !== process) continue
        granted.workflow += credit.workflow
        granted.task += credit.task
      }
      for (const slot of ['workflow', 'task'] as const) {
        const held = slot === 'workflow' ? activations : tasks
        const slots = options.slots?.[slot] ?? 0
        if (held + granted[slot] > slots)
          return `${process.name} has ${held} of type ${slot} and credit for ${granted[slot]} more, in ${slots} slots`
      }
    }
    return undefined
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
  mayPoll: boolean,
): CrewOptions[] {
  const general = (): CrewOptions => ({
    ...able,
    // With fewer slots than partitions a worker leaves some of them to others, which there may not be.
    slots: { workflow: partitions + chance.pick([0, 1, 10]), task: partitions + chance.pick([0, 1, 10]) },
    cachedExecutions: chance.pick([0, 1, 1_000, 1_000]),
  })
  const others = Array.from({ length: chance.below(3) }, () => {
    const { workflows: _, tasks: __, ...rest } = general()
    const { workflows = [], tasks = [] } = able
    const polls = chance.isTrue(0.3) && mayPoll
    return chance.pick([
      { ...rest, workflows, tasks, polls },
      { ...rest, workflows },
      { ...rest, tasks },
      { ...rest, tasks: tasks.slice(0, 1) },
    ])
  })
  return [general(), ...others]
}
