/** What happens when a fault of a certain time strikes. */
import { type Begun, startUntilAnswered, terminate } from './clients.ts'
import type { Crew } from './crew.ts'
import { everyIndex, type Fault, idleMs, secondMoveMs, slowestMs, type TimedFault, type Weather } from './storm.ts'
import type { World } from './world.ts'

interface Field {
  world: World
  crew: Crew
  begun: readonly Begun[]
  weather: Weather
}

export function strike({ world, crew, begun, weather }: Field, fault: Fault & { type: TimedFault }): void {
  const { type, choice, ms } = fault
  const each = begun[choice % begun.length]
  const execution = each && world.execution(each.executionId)
  const queue = world.queue(choice % world.partitions)
  const wires = world.queues.flatMap(({ wires: open }) => [...open.values()])
  const wire = wires[choice % Math.max(1, wires.length)]
  const shards = world.listing?.shards ?? []
  const shard = shards[choice % Math.max(1, shards.length)]
  // Without a storm the platform evicts only what is idle.
  const leastIdleMs = weather === 'deploys' ? idleMs : 0
  world.note(`${type} ${choice} ${ms}`)
  world.storm.strikes(fault, whomOf(type, execution?.name, queue.name))
  switch (type) {
    case 'evict-execution':
      return execution?.evict(leastIdleMs)
    case 'crash-execution':
      return execution?.crash()
    case 'evict-queue':
      return queue.evict(leastIdleMs)
    case 'crash-queue':
      return queue.crash()
    case 'close-socket':
      return wire?.cut()
    case 'half-open-socket':
      if (wire !== undefined) wire.isHalfOpen = true
      return
    case 'stall-socket':
      if (wire !== undefined) wire.stalledUntil = world.agenda.now + ms
      return
    case 'pause-worker':
      return crew.pause(choice, ms)
    case 'kill-worker':
      return crew.kill(choice, ms)
    case 'vanish-worker':
      return crew.vanish(choice, ms)
    case 'slow-disk':
      for (const home of fault.object === 'queue' ? world.queues : world.executions.values()) home.slow(Math.min(ms, slowestMs))
      return
    case 'bad-link':
    case 'bad-machine':
      return world.storm.spoil(fault)
    case 'move-twice':
      execution?.move()
      world.agenda.after(Math.min(ms, secondMoveMs), () => execution?.move(-world.clocksDifferMs / 2))
      return
    case 'evict-index':
      return shard?.evict(leastIdleMs)
    case 'crash-index':
      return shard?.crash()
    case 'slow-index':
      return shard?.slow(Math.min(ms, slowestMs))
    case 'deploy':
      for (const home of world.executions.values()) home.crash()
      for (const home of world.queues) {
        home.crash()
        // A machine on which everything starts at once.
        if (choice % 2 === 0) home.slow(Math.min(ms, slowestMs))
      }
      for (const home of shards) home.crash()
      return
    case 'terminate':
      if (each !== undefined && choice % 3 === 0) void terminate(world, each)
      return
    case 'start-again':
      if (each !== undefined) void startUntilAnswered(world, each, again[choice % again.length])
  }
}

/** As a client may start what is there already: it gets what is there, or another run. */
const again = [
  {},
  { idReuse: 'ALLOW' },
  { idReuse: 'ALLOW', onConflict: 'TERMINATE_EXISTING' },
  { idReuse: 'ALLOW_AFTER_FAILURE' },
] as const

function whomOf(type: TimedFault, execution: string | undefined, queue: string): string[] | undefined {
  switch (type) {
    case 'evict-execution':
    case 'crash-execution':
    case 'terminate':
    case 'start-again':
    case 'move-twice':
      return execution === undefined ? [] : [execution]
    case 'evict-queue':
      return [queue]
    case 'evict-index':
    case 'crash-index':
    case 'slow-index':
      return [everyIndex]
    case 'crash-queue':
    case 'close-socket':
    case 'half-open-socket':
    case 'stall-socket':
    case 'pause-worker':
    case 'kill-worker':
    case 'vanish-worker':
    case 'slow-disk':
    case 'bad-link':
    case 'bad-machine':
    case 'deploy':
      return undefined
  }
}
