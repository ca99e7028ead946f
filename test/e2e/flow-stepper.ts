/**
 * A flow over a fan-out whose every step is taken by hand: its bodies wait until they are told how to end, so that a test
 * can do something between any two steps, and the same steps can be taken again.
 */
import type { WorkflowHandle } from 'perdure/client'
import { vi } from 'vitest'
import { type Listener, type Word, Words } from './flow-words.ts'
import type { Stage } from './stage.ts'

/** How often each item fails first. */
const failures = [1, 0, 2, 0, 1, 0]

/** The start, each end of an attempt, the report. */
export const steps = 1 + failures.reduce((sum, times) => sum + times + 1, 0) + 1

const flow = {
  flow: 'squares',
  tasks: {
    square: {
      task: 'stepped',
      with_items: { in: '{{ input.items }}', key: 'n{{ item }}' },
      concurrency: 2,
      retry: { maximumAttempts: 0, initialInterval: '400ms', backoffCoefficient: 1 },
      input: { name: 'item-{{ item }}', value: '{{ item * item }}', folder: '{{ input.folder }}' },
      next: [{ publish: { squares: '{{ result() }}' }, do: ['report'] }],
    },
    report: { task: 'stepped', input: { name: 'report', value: '{{ vars.squares }}', folder: '{{ input.folder }}' } },
  },
  output: { reported: '{{ tasks.report.output }}', succeeded: '{{ tasks.square.succeeded }}' },
}

export interface Body extends Listener {
  pid: number
}

/** Tests that run beside each other have no `expect` in common. */
const until = (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await isSo())) throw new Error(`still waiting for ${what}`)
    },
    { timeout: 30_000, interval: 10 },
  )

export class FlowStepper {
  readonly handle: WorkflowHandle
  readonly #stage: Stage
  readonly #words: Words
  /** What a reader of the live stream has been given, in that order. */
  readonly #watched: { sequence: number; type: string }[] = []
  readonly #watching: Promise<void>

  private constructor(stage: Stage, id: string) {
    this.#stage = stage
    this.#words = new Words(stage.folder)
    this.handle = stage.client.handle(id)
    this.#watching = this.#watch()
  }

  static async start(stage: Stage, id: string): Promise<FlowStepper> {
    await ask(stage, 'PUT', 'flows/squares', flow)
    const input = { items: failures.map((_, n) => n), folder: stage.folder }
    await ask(stage, 'POST', 'workflow-executions', { kind: 'flow:squares', id, input })
    return new FlowStepper(stage, id)
  }

  async #watch(): Promise<void> {
    for await (const { sequence, type } of this.handle.watch()) this.#watched.push({ sequence, type })
  }

  /** Takes all steps in the order of the items; `between` comes after each, as soon as the reader has seen it. */
  async run(between: (body: Body) => Promise<void>): Promise<void> {
    await until('two bodies', () => this.bodies.length === 2)
    const [first] = this.bodies
    if (first !== undefined) await between(first)
    for (const [n, times] of failures.entries()) {
      for (let left = times; left > 0; left -= 1) await between(await this.#fail(n))
      await between(await this.#succeed(`item-${n}`, n + 1))
    }
    await between(await this.#succeed('report', failures.length + 1))
    await this.#watching
  }

  /** The failure of an attempt is no event of the log: readers see it in the states of the items. */
  async #fail(n: number): Promise<Body> {
    const body = await this.#end(`item-${n}`, 'fail')
    const isFollowed = () => this.bodies.some(({ name, attempt }) => name === body.name && attempt > body.attempt)
    await until(`the failure of ${body.name}`, async () => isFollowed() || (await this.#statusOf(n)) === 'retrying')
    return body
  }

  async #succeed(name: string, completions: number): Promise<Body> {
    const body = await this.#end(name, 'succeed')
    const seen = () => this.#watched.filter(({ type }) => type === 'TASK_COMPLETED').length
    await until(`completion ${completions}`, () => seen() === completions)
    return body
  }

  /** Tells an attempt how to end, once there is one that has begun, has not been told, and whose worker lives. */
  async #end(name: string, word: Word): Promise<Body> {
    const newest = () => this.bodies.findLast((body) => body.name === name && !this.#words.isTold(body) && isAlive(body))
    await until(`a body of ${name}`, () => newest() !== undefined)
    const body = newest()
    if (body === undefined) throw new Error(`${name} has not begun`)
    this.#words.tell(body, word)
    return body
  }

  async #statusOf(n: number): Promise<string | undefined> {
    const { items = [] } = await ask(this.#stage, 'GET', `workflow-executions/${this.handle.id}/tasks?task=square`)
    return items.find(({ index }) => index === n)?.status
  }

  /** Each time that a body began, in order. */
  get bodies(): Body[] {
    return this.#stage.bodies().flatMap((line) => {
      const [execution, name = '', attempt, pid] = line.split(' ')
      return execution === this.handle.id ? [{ execution, name, attempt: Number(attempt), pid: Number(pid) }] : []
    })
  }

  get watched(): readonly { sequence: number; type: string }[] {
    return this.#watched
  }
}

function isAlive({ pid }: Body): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Answer {
  items?: { index: number; status: string }[]
}

async function ask({ service, apiKey }: Stage, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${service.url}/api/orgs/acme/${path}`, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return response.json() as Promise<Answer>
}
