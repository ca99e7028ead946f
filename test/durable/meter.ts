/** Counts what the objects of one execution do, from inside them: rows and commits, and calls between objects. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { executionName, indexObjectName, queueObjectName } from '../../durable/stubs.ts'
import type { Organisation } from './peer.ts'

export interface Spent {
  /** In the execution's object, as its cursors tell them; an alarm is one. */
  rows: number
  commits: number
  /** Calls that its own requests did not make: queues offered work, work claimed and confirmed. */
  calls: number
  indexRows: number
}

export class Meter {
  readonly spent: Spent = { rows: 0, commits: 0, calls: 0, indexRows: 0 }

  /** From now on, of this execution and of what it talks to. */
  static async of(organisation: Organisation, id: string): Promise<Meter> {
    const meter = new Meter()
    const { name } = organisation
    const { spent } = meter
    await runInDurableObject(env.WORKFLOW_EXECUTION.getByName(executionName(name, id)), (execution, { storage }) => {
      countStorage(storage, spent)
      countCalls(execution, ['claim', 'confirm', 'lost'], spent)
    })
    await runInDurableObject(env.TASK_QUEUE.getByName(queueObjectName(name, 'default', 0)), (queue) =>
      countCalls(queue, ['offer', 'keep', 'release'], spent),
    )
    await runInDurableObject(env.EXECUTION_INDEX.getByName(indexObjectName(name, 0)), (_, { storage }) =>
      wrap(storage.sql, 'exec', (exec: SqlStorage['exec'], call) => {
        const cursor = exec(...call)
        spent.indexRows += cursor.rowsWritten
        return cursor
      }),
    )
    return meter
  }

  since(before: Spent): Spent {
    const { rows, commits, calls, indexRows } = this.spent
    return {
      rows: rows - before.rows,
      commits: commits - before.commits,
      calls: calls - before.calls,
      indexRows: indexRows - before.indexRows,
    }
  }
}

function countStorage(storage: DurableObjectStorage, spent: Spent): void {
  let inTransaction = false
  wrap(storage.sql, 'exec', (exec: SqlStorage['exec'], call) => {
    const cursor = exec(...call)
    spent.rows += cursor.rowsWritten
    if (cursor.rowsWritten > 0 && !inTransaction) spent.commits += 1
    return cursor
  })
  wrap(storage, 'transactionSync', (transactionSync: DurableObjectStorage['transactionSync'], call) => {
    inTransaction = true
    try {
      return transactionSync(...call)
    } finally {
      inTransaction = false
      spent.commits += 1
    }
  })
  wrap(storage, 'setAlarm', (setAlarm: DurableObjectStorage['setAlarm'], call) => {
    spent.rows += 1
    if (!inTransaction) spent.commits += 1
    return setAlarm(...call)
  })
}

/** Only what a class has can be called from other objects: it is counted there, of this object alone. */
function countCalls(object: object, names: string[], spent: Spent): void {
  for (const name of names) {
    let owner = object
    while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
    const real: unknown = Reflect.get(owner, name)
    if (typeof real !== 'function') throw new TypeError(`${name} is no method`)
    const value = function (this: object, ...call: unknown[]): unknown {
      if (this === object) spent.calls += 1
      return Reflect.apply(real, this, call)
    }
    Object.defineProperty(owner, name, { value, configurable: true, writable: true })
  }
}

function wrap<Call extends (...args: never[]) => unknown>(
  holder: object,
  name: string,
  instead: (real: Call, call: Parameters<Call>) => unknown,
): void {
  const real = Reflect.get(holder, name).bind(holder) as Call
  Object.defineProperty(holder, name, { value: (...call: Parameters<Call>) => instead(real, call), configurable: true })
}
