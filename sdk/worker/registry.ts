/** What this worker can do, and how it says so. */
import type { z } from 'zod'
import { name, queueName } from '../../schemas/identity.ts'
import type { Accept } from '../../schemas/reports.ts'
import type { InFlightItem, Up } from '../../schemas/socket/up.ts'
import { checkType } from '../definition/checked-definition.ts'
import type { AnyTask } from '../definition/task.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import type { WorkerOptions } from './worker-options.ts'

/** Named in `hello`. */
const sdk = 'perdure-js/0.1.0'

export class Registry {
  readonly workflows: ReadonlyMap<string, AnyWorkflow>
  readonly tasks: ReadonlyMap<string, AnyTask>
  readonly queue: string
  readonly slots: { workflow: number; task: number }
  readonly #workerId: string
  readonly #build: string | undefined

  constructor({ workflows = [], tasks = [], queue = 'default', slots = {}, workerId, build }: WorkerOptions) {
    this.workflows = byName(workflows, 'workflow')
    this.tasks = byName(tasks, 'task')
    this.queue = fitting(queueName, queue, 'queue')
    const [workflow, task] = [count(slots.workflow ?? 50, 'slots.workflow'), count(slots.task ?? 20, 'slots.task')]
    this.slots = { workflow: this.workflows.size === 0 ? 0 : workflow, task: this.tasks.size === 0 ? 0 : task }
    this.#workerId = workerId ?? `worker-${crypto.randomUUID()}`
    this.#build = fitting(name.optional(), build, 'build')
  }

  get isEmpty(): boolean {
    return this.workflows.size + this.tasks.size === 0
  }

  /** Of the types of work that it has: a partition without a credit of its own would not be served. */
  get fewestSlots(): number {
    return Math.min(...Object.values(this.slots).filter((each) => each > 0), 10_000)
  }

  /** Whose code it is that runs here. */
  identity(session: string | undefined): { session?: string; build?: string } {
    return { ...(session !== undefined && { session }), ...(this.#build !== undefined && { build: this.#build }) }
  }

  hello(slots: { workflow: number; task: number }, inFlight: InFlightItem[]): Up {
    return {
      type: 'hello',
      workerId: this.#workerId,
      ...(this.#build !== undefined && { build: this.#build }),
      sdk,
      workflows: [...this.workflows.keys()],
      tasks: [...this.tasks.keys()],
      slots,
      inFlight,
    }
  }

  accept(workflow: number, task: number): Accept {
    return {
      queue: this.queue,
      workflow,
      task,
      workflowKinds: workflow > 0 ? [...this.workflows.keys()] : [],
      taskKinds: task > 0 ? [...this.tasks.keys()] : [],
    }
  }
}

function byName<Definition extends { name: string }>(
  definitions: readonly Definition[],
  what: 'workflow' | 'task',
): Map<string, Definition> {
  const map = new Map<string, Definition>()
  for (const [index, definition] of definitions.entries()) {
    checkType(definition, what, `${what}s[${index}]`)
    const { name } = definition
    if (map.has(name)) throw new PerdureError(`there are two ${what}s named ${JSON.stringify(name)}`, { code: 'configuration' })
    map.set(name, definition)
  }
  return map
}

/** @throws PerdureError `configuration` that names the option and its limit */
export function fitting<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data
  throw new PerdureError(`${what} is ${JSON.stringify(value)}: ${error.issues[0]?.message}`, { code: 'configuration' })
}

function count(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= 10_000) return value
  throw new PerdureError(`${name} is ${value}: it must be a whole number from 1 to 10,000`, { code: 'configuration' })
}
