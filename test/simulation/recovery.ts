/**
 * Lost work is found again within bounded time: open work that is due and that nobody has is with somebody `boundMs` after
 * the last of it and of the storm, unless every worker that could do it is busy.
 */
import type { ExecutionState, Lease, RunState } from '../../engine/execution/state.ts'
import type { Crew } from './crew.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { World } from './world.ts'

/** The architecture's longest, with all sockets lost as well, and what clocks and messages are late. */
export const boundMs = 15_000 + 2_000
const lookEveryMs = 500

interface OpenWork {
  id: string
  kind: string
  slot: 'workflow' | 'task'
  attempt: number
  lease: Lease
}

export class Recovery {
  readonly #world: World
  readonly #crew: Crew
  /** What nobody has, by what it is, and since when. */
  readonly #since = new Map<string, { since: number; work: OpenWork }>()
  #lookedAt = 0

  constructor(world: World, crew: Crew) {
    this.#world = world
    this.#crew = crew
  }

  /** To be told before the next thing happens, at `now`: until then all has been as it is. */
  look(now: number): void {
    if (now - this.#lookedAt < lookEveryMs) return
    this.#lookedAt = now
    const open = new Set<string>()
    for (const { executionId, life } of this.#world.executions.values()) {
      if (life !== undefined) for (const work of openWork(life.state)) open.add(this.#judge(executionId, life.state, work, now))
      else for (const key of this.#asleep(executionId, now)) open.add(key)
    }
    for (const key of this.#since.keys()) if (!open.has(key)) this.#since.delete(key)
  }

  /** Of an object that is evicted nothing is known but what it was. */
  *#asleep(executionId: string, now: number): Generator<string> {
    for (const [key, entry] of this.#since) {
      if (!key.startsWith(`${executionId} `)) continue
      if (entry.work.lease.phase === 'ready' && !this.#isFree(entry.work, now)) entry.since = now
      yield key
    }
  }

  #judge(executionId: string, { run }: ExecutionState, work: OpenWork, now: number): string {
    const { number, snapshotSequence } = run ?? { number: 0, snapshotSequence: 0 }
    const { id, attempt, lease, slot } = work
    const key = `${executionId} ${number} ${id} ${attempt} ${slot === 'workflow' ? snapshotSequence : ''}`
    const waits = lease.phase === 'ready' && (lease.dueAt > now || !this.#isFree(work, now))
    const isFine = waits || lease.handedOver === true || this.#world.possession.isHad(executionId, number, id, attempt)
    const since = isFine ? now : (this.#since.get(key)?.since ?? now)
    this.#since.set(key, { since, work })
    const lostFor = now - Math.max(since, this.#world.disturbedUntil(executionId))
    // A poll's work is asked for at nobody: its lease ends, as far as signs are written down.
    if (lostFor <= boundMs + this.#world.clocksDifferMs + (4 / 3) * (lease.holder?.leaseMs ?? 0)) return key
    const belief =
      lease.phase === 'ready' ? 'a worker is free' : `it is ${lease.phase} with ${lease.holder?.session ?? 'nobody known'}`
    this.#world.laws.judge('L8', executionId, `nobody has had attempt ${attempt} of ${id} for ${lostFor} ms, and ${belief}`)
    return key
  }

  /** One worker that knows the kind has nothing of this type to do. */
  #isFree({ kind, slot }: OpenWork, now: number): boolean {
    return this.#crew.members.some(({ process, worker, options }) => {
      const { tasks, activations } = worker.metrics
      const able: readonly { name: string }[] = (slot === 'task' ? options.tasks : options.workflows) ?? []
      const isIdle = (slot === 'task' ? tasks : activations) === 0 && process.pausedUntil <= now
      return isIdle && able.some(({ name }) => name === kind) && this.#isConnected(process)
    })
  }

  #isConnected(process: VirtualProcess): boolean {
    return this.#world.queues.every(({ wires }) => [...wires.values()].some((wire) => wire.process === process && wire.isOpen))
  }
}

function openWork({ run }: ExecutionState): OpenWork[] {
  // While it is paused nothing of it begins.
  if (run === undefined || run.closed !== undefined || run.paused !== undefined) return []
  const tasks = [...run.tasks.values()].map(({ id, kind, attempt, lease }) => ({
    id,
    kind,
    slot: 'task' as const,
    attempt,
    lease,
  }))
  return [...tasks, ...openActivation(run)]
}

function openActivation({ activation, activationsLost, kind }: RunState): OpenWork[] {
  if (activation === undefined) return []
  return [{ id: 'activation', kind, slot: 'workflow', attempt: activationsLost + 1, lease: activation.lease }]
}
