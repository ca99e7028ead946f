/** The slots of both types, and what of them the queue is told. An idle worker tells nothing. */
import type { Accept } from '../../schemas/reports.ts'
import { macrotask } from '../replay/macrotask.ts'
import type { Connection } from './connection.ts'
import type { Registry } from './registry.ts'
import { SlotPool } from './slot-pool.ts'

type WorkType = 'workflow' | 'task'

/** Of the slots of a worker that has both sides, so many are for work that replies carry. */
const reservedShare = 0.25
/** A queue that has enough credit is told of more so much later, of all that came free meanwhile. */
const unhurriedMs = 50

export class Credit {
  readonly pools: Record<WorkType, SlotPool>
  readonly #registry: Registry
  readonly #connected: () => Connection[]
  #partitions: number | undefined
  #isClosed = false
  #isSettling = false
  #unhurried: ReturnType<typeof setTimeout> | undefined

  constructor(registry: Registry, connected: () => Connection[]) {
    const { workflow, task } = registry.slots
    const hasBoth = workflow > 0 && task > 0
    const reserve = (slots: number) => (hasBoth ? Math.ceil(slots * reservedShare) : 0)
    this.pools = {
      workflow: new SlotPool('workflow', workflow, reserve(workflow)),
      task: new SlotPool('task', task, reserve(task)),
    }
    this.#registry = registry
    this.#connected = connected
  }

  /** No more work. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#unhurried)
  }

  pushed(type: WorkType, via: Connection): void {
    this.pools[type].pushed(via)
    this.settle()
  }

  carried(type: WorkType): void {
    this.pools[type].carried()
  }

  released(type: WorkType): void {
    this.pools[type].release()
    this.settle()
  }

  /** How many sockets there will be; until that is known a socket gets one credit of each type. */
  expect(partitions: number): void {
    this.#partitions = partitions
  }

  /** The first grant on a new socket: a fair part, leaving something for the sockets still to come. */
  first(connection: Connection): { workflow: number; task: number } {
    const all = [...this.#connected().filter((each) => each !== connection), connection]
    const part = (type: WorkType): number => {
      if (this.#isClosed) return 0
      const fair = this.#partitions === undefined ? 1 : Math.ceil(this.#registry.slots[type] / this.#partitions)
      const granted = Math.min(fair, this.#grantable(type, all, false))
      this.pools[type].grant(connection, granted)
      return granted
    }
    return { workflow: part('workflow'), task: part('task') }
  }

  /** One credit is left for each socket that is not there yet. */
  #grantable(type: WorkType, connections: readonly Connection[], isPressed: boolean): number {
    const missing = Math.max(0, (this.#partitions ?? 1) - connections.length)
    return Math.max(0, this.pools[type].grantable(connections, isPressed) - missing)
  }

  /** For a request of so many executions. While others wait in the queue, replies carry only their own activation. */
  offer(executions: number, isPressed: boolean): Accept | undefined {
    const connected = this.#connected()
    const workflow = this.pools.workflow.offer(executions, connected)
    const task = isPressed ? 0 : this.pools.task.offer(Number.POSITIVE_INFINITY, connected)
    return workflow + task === 0 ? undefined : this.#registry.accept(workflow, task)
  }

  withdraw(offered: Accept | undefined): void {
    this.pools.workflow.withdraw(offered?.workflow ?? 0)
    this.pools.task.withdraw(offered?.task ?? 0)
  }

  /** Tells the queue of free slots, once for all that happens in this tick, or when it needs to know. */
  settle(): void {
    if (this.#isSettling || this.#isClosed) return
    this.#isSettling = true
    void macrotask().then(() => {
      this.#isSettling = false
      if (this.#isClosed) return
      if (this.#isWanting()) this.grant()
      else this.#unhurried ??= setTimeout(() => this.grant(), unhurriedMs)
    })
  }

  /** Whether a queue has less than half of what it had at first, or says that work waits. */
  #isWanting(): boolean {
    const connected = this.#connected()
    const isShort = (type: WorkType) => {
      const fair = this.#registry.slots[type] / (this.#partitions ?? 1)
      return connected.some(({ granted }) => granted[type] < (fair * (1 - reservedShare)) / 2)
    }
    return connected.some(({ backlog }) => backlog > 0) || isShort('workflow') || isShort('task')
  }

  /** Tells the queue of free slots now. */
  grant(): void {
    clearTimeout(this.#unhurried)
    this.#unhurried = undefined
    const connected = this.#connected()
    if (this.#isClosed || connected.length === 0) return
    const grants = new Map(connected.map((connection) => [connection, { workflow: 0, task: 0 }]))
    const isPressed = connected.some(({ backlog }) => backlog > 0)
    for (const type of ['workflow', 'task'] as const) {
      // Asked after each: what is kept back depends on whether a socket is still without credit.
      while (this.#grantable(type, connected, isPressed) > 0) {
        const neediest = connected.reduce((best, each) => (each.granted[type] < best.granted[type] ? each : best))
        this.pools[type].grant(neediest, 1)
        const grant = grants.get(neediest)
        if (grant !== undefined) grant[type] += 1
      }
    }
    for (const [connection, grant] of grants) {
      if (grant.workflow + grant.task > 0) connection.send({ type: 'slots', ...grant })
    }
  }
}
