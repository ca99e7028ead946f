/**
 * A service, its workers and its clock in one test: the engine's rules, the SDK's replay and task contexts, in memory.
 * Time is virtual and stands still, except while a test waits for a result or moves it.
 */
import type { SavedFlow } from '../../schemas/flow/saving.ts'
import { Client } from '../client/client.ts'
import type { Send } from '../client/execution-requests.ts'
import { sentValue } from '../client/sent.ts'
import { type Rejection, wireRejection } from '../client/settling.ts'
import type { StartOptions } from '../client/start-options.ts'
import type { WorkflowHandle } from '../client/workflow-handle.ts'
import { type Duration, milliseconds } from '../definition/duration.ts'
import type { AnyTask, InputArguments, TaskDefinition } from '../definition/task.ts'
import type { TaskContext } from '../definition/task-context.ts'
import type { AnyWorkflow, WorkflowDefinition } from '../definition/workflow.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { generator } from '../replay/seed.ts'
import { tolerateRejectionsOfWorkflows } from '../worker/rejections.ts'
import { Clockwork } from './clockwork.ts'
import { Crew, type CrewOptions } from './crew.ts'
import { ExecutionObject } from './execution-object.ts'
import { FaultPlan, type Faults } from './faults.ts'
import { FlowShelf } from './flow-shelf.ts'
import { MemoryIndex } from './memory-index.ts'
import { MemoryService } from './memory-service.ts'
import { QueueObject } from './queue-object.ts'
import { brokenCode, isAnythingDue, stuck } from './standstill.ts'
import type { Surroundings } from './surroundings.ts'
import { TestTime } from './test-time.ts'
import { Timeline } from './timeline.ts'

export interface TestEnvironmentOptions extends CrewOptions {
  /** When it is at first; the 1st of January 2026. */
  now?: Date | number
  /** What faults and ids are drawn from. */
  seed?: string
  /**
   * How long, in real time, a task function may run before time goes on without it: `200ms`. Time stands still while tasks
   * run, but what hangs would hang for ever. Ten times as long a `result()` that nothing will bring waits for the test.
   */
  patience?: Duration
}

/** As `ctx.executionId`, `ctx.taskId` and `ctx.handOver()` told somebody. */
export interface HandedOverAttempt {
  executionId: string
  taskId: string
  token: string
}

const firstDay = Date.UTC(2026, 0, 1)

/**
 * Runs workflows and tasks as in production, in memory and in virtual time.
 *
 * ```ts
 * await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
 * env.mock(resize, async ({ key }) => ({ key }))
 * const handle = await env.start(album, { keys: ['a'] })
 * expect(await handle.result()).toEqual({ published: 1 })
 * ```
 */
export class TestEnvironment {
  readonly time: TestTime
  /** A client of this environment: for code that is given one. */
  readonly client: Client
  readonly #clockwork: Clockwork
  readonly #faults: FaultPlan
  readonly #flows = new FlowShelf()
  readonly #send: Send
  readonly #crew: Crew
  readonly #newId: () => string
  readonly #executions = new Map<string, ExecutionObject>()
  readonly #queues = new Map<string, QueueObject>()
  readonly #undo: () => void

  private constructor({ now = firstDay, seed = 'perdure', patience = 200, ...options }: TestEnvironmentOptions) {
    const timeline = new Timeline(startOf(now))
    this.#faults = new FaultPlan(seed)
    this.#clockwork = new Clockwork(timeline, this.#faults, {
      patienceMs: milliseconds(patience),
      isAnythingDue: () => isAnythingDue(this.#executions.values(), timeline.now),
    })
    this.#newId = generator(`ids/${seed}`).uuid
    const around: Surroundings = {
      flows: this.#flows,
      timeline,
      clockwork: this.#clockwork,
      faults: this.#faults,
      execution: (executionId) => this.#execution(executionId, around),
      queue: (name) => this.#queue(name, around),
    }
    this.#crew = new Crew(around, options)
    const index = new MemoryIndex({
      now: () => timeline.now,
      executions: () => this.#executions.values(),
      unserved: () => [...this.#queues.values()].flatMap((queue) => queue.unserved()),
    })
    const service = new MemoryService(around, {
      index,
      closing: (execution, signal) => this.#closing(execution, signal),
      newId: this.#newId,
    })
    this.#send = (request) => service.send(request)
    this.client = new Client({ send: this.#send })
    this.time = new TestTime(this.#clockwork)
    this.#undo = tolerateRejectionsOfWorkflows()
  }

  /** @throws PerdureError `configuration` for two definitions of one name, or slots that are no number of slots */
  static async create(options: TestEnvironmentOptions): Promise<TestEnvironment> {
    return new TestEnvironment(options)
  }

  /**
   * From now on `fn` is run for this task, with its input checked as ever.
   *
   * ```ts
   * env.mock(charge, async () => { throw new ApplicationFailure('declined', { type: 'Declined' }) })
   * ```
   */
  mock<Input, Output>(task: TaskDefinition<Input, Output>, fn: (input: Input, ctx: TaskContext) => Promise<Output> | Output): void
  mock(task: string, fn: (input: unknown, ctx: TaskContext) => unknown): void
  mock(task: AnyTask | string, fn: (input: unknown, ctx: TaskContext) => unknown): void {
    const definition = typeof task === 'string' ? (this.#crew.registered(task) ?? { type: 'task', name: task }) : task
    this.#crew.mock({ ...definition, run: fn })
  }

  /**
   * Starts an execution, as `client.start`.
   *
   * @throws InvalidInput when the input does not fit the workflow's schema; PerdureError `already_exists` and others
   */
  start<Input, Output>(
    workflow: WorkflowDefinition<Input, Output>,
    ...args: InputArguments<Input, StartOptions>
  ): Promise<WorkflowHandle<Output>>
  start<Output = unknown>(kind: string, input?: unknown, options?: StartOptions): Promise<WorkflowHandle<Output>>
  async start(workflow: AnyWorkflow | string, input?: unknown, options: StartOptions = {}): Promise<WorkflowHandle> {
    const named = { id: this.#newId(), ...options }
    return typeof workflow === 'string' ? this.client.start(workflow, input, named) : this.client.start(workflow, input, named)
  }

  /**
   * Saves a flow, YAML or JSON, as `PUT /flows/{name}` does: from now on `start('flow:<name>')` runs it, its tasks by the
   * functions that are registered or mocked under their kinds.
   *
   * ```ts
   * await env.saveFlow(await readFile('greet.yaml', 'utf8'))
   * const handle = await env.start('flow:greet', { name: 'Ada' })
   * ```
   * @throws PerdureError `invalid_request` with all problems and their lines; `already_exists` for a version that is not new
   */
  async saveFlow(source: string): Promise<SavedFlow> {
    const answer = this.#flows.save(source)
    if (answer.ok) return answer.value
    throw new PerdureError(answer.refusal.message, { code: answer.refusal.code })
  }

  /**
   * Completes an attempt that was handed over, as somebody with its token does over HTTP.
   *
   * ```ts
   * env.mock(sign, (_, ctx) => void (contract = { ...ctx, token: ctx.handOver() }))
   * await env.time.advance('1 day')
   * await env.completeTask(contract, 'signed')
   * ```
   * @throws PerdureError `stale_attempt` for another token than that of the open attempt
   */
  async completeTask(attempt: HandedOverAttempt, output?: unknown): Promise<void> {
    await this.#speakFor(attempt, 'complete', output === undefined ? {} : { output: sentValue(output, 'output') })
  }

  /** Fails an attempt that was handed over, as `completeTask`; it is tried again as its retry policy says. */
  async failTask(attempt: HandedOverAttempt, failure: Rejection): Promise<void> {
    await this.#speakFor(attempt, 'fail', { failure: wireRejection(failure) })
  }

  async #speakFor({ executionId, taskId, token }: HandedOverAttempt, verb: string, said: object): Promise<void> {
    // What the attempt's worker has said before comes first.
    await this.#clockwork.settle()
    const path = `/workflow-executions/${encodeURIComponent(executionId)}/tasks/${encodeURIComponent(taskId)}/${verb}`
    await this.#send({ method: 'POST', path, body: { token, ...said } })
  }

  /**
   * What goes wrong from now on, and how often; nothing that is not named.
   *
   * ```ts
   * env.faults({ dropCompletion: 0.1, duplicateDelivery: true, evict: true })
   * ```
   * @throws RangeError for a rate that is none
   */
  faults(faults: Faults): void {
    this.#faults.set(faults)
  }

  /** Ends it: tasks are told to stop, who waits is told so. */
  async close(): Promise<void> {
    this.#clockwork.close(new PerdureError('the environment was closed', { code: 'closed' }))
    this.#crew.stop()
    this.#undo()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #execution(executionId: string, around: Surroundings): ExecutionObject {
    const execution = this.#executions.get(executionId) ?? new ExecutionObject(executionId, around)
    this.#executions.set(executionId, execution)
    return execution
  }

  #queue(name: string, around: Surroundings): QueueObject {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const queue = new QueueObject(name, around)
    this.#queues.set(name, queue)
    this.#crew.attend(queue)
    return queue
  }

  async #closing(execution: ExecutionObject, signal: AbortSignal | undefined): Promise<void> {
    if (execution.run === undefined) return
    const { timeline } = this.#clockwork
    await this.#clockwork.pass({
      until: Number.POSITIVE_INFINITY,
      isMet: () => execution.run?.closed !== undefined,
      problem: (isStuck) =>
        brokenCode(execution, this.#executions.values(), (id) => this.#crew.errorOf(id)) ??
        (isStuck ? stuck(execution, timeline.now) : undefined),
      ...(signal !== undefined && { signal }),
    })
  }
}

function startOf(now: Date | number): number {
  const at = typeof now === 'number' ? now : now.getTime()
  if (Number.isInteger(at) && at >= 0) return at
  throw new RangeError(`now is ${String(now)}: it must be a time`)
}
