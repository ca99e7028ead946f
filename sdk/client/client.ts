/** Starts workflows and asks about them. */
import { signalWithStartAnswer, startAnswer, waitedStartAnswer } from '../../schemas/executions.ts'
import { checkType } from '../definition/checked-definition.ts'
import { checkInput } from '../definition/schema.ts'
import type { InputArguments } from '../definition/task.ts'
import type { AnyWorkflow, WorkflowDefinition } from '../definition/workflow.ts'
import { readAnswer } from '../http/answer.ts'
import { retrying } from '../http/retry.ts'
import { Service, type ServiceOptions } from '../http/service.ts'
import type { Send } from './execution-requests.ts'
import { type CountOptions, countExecutions, ExecutionList, type ListOptions } from './listing.ts'
import { answeredResult, outputOf } from './result.ts'
import type { Rejection, Settled } from './settling.ts'
import { nameOfSignal, type SignalWithStartOptions, signalBody } from './signals.ts'
import { type StartOptions, startRequest } from './start-options.ts'
import type { TaskFrame, WatchOptions } from './watching.ts'
import { WorkflowHandle } from './workflow-handle.ts'

/** A service that is away for longer is an error to the caller. */
const patience = { firstMs: 100, longestMs: 5_000, giveUpAfterMs: 60_000 }

/** What takes longer than this is waited for by requests of its own. */
const executeWaitMs = 20_000
const marginMs = 15_000

const executed = waitedStartAnswer.extend({ result: answeredResult.optional() })

/**
 * A client of one organisation. What may be retried (429, 503, the network) is, for up to a minute, under the same
 * idempotency key; nothing else.
 *
 * ```ts
 * const client = new Client({ url: 'http://127.0.0.1:8787', org: 'default', apiKey })
 * const handle = await client.start(album, { keys }, { id: 'album-7' })
 * console.log(await handle.result())
 * ```
 */
export class Client {
  readonly #send: Send

  /** `send` stands in for a service, as in tests. */
  constructor(options: ServiceOptions | { send: Send }) {
    if ('send' in options) {
      this.#send = options.send
      return
    }
    const service = new Service(options)
    this.#send = (request) =>
      retrying(() => service.send(request), { ...patience, ...(request.signal !== undefined && { signal: request.signal }) })
  }

  /** From `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
  static fromEnv(): Client {
    return new Client({})
  }

  /**
   * Starts an execution, or finds the one that has this id.
   *
   * @throws InvalidInput when the input does not fit the workflow's schema; PerdureError `already_exists` and others
   */
  start<Input, Output>(
    workflow: WorkflowDefinition<Input, Output>,
    ...args: InputArguments<Input, StartOptions>
  ): Promise<WorkflowHandle<Output>>
  start<Output = unknown>(kind: string, input?: unknown, options?: StartOptions): Promise<WorkflowHandle<Output>>
  async start(workflow: AnyWorkflow | string, input?: unknown, options: StartOptions = {}): Promise<WorkflowHandle> {
    const request = startRequest(await checkedKind(workflow, input), input, options)
    const { body } = await this.#start('', request, options)
    const { id, run } = readAnswer(startAnswer, body)
    return new WorkflowHandle(this.#send, id, run)
  }

  /** Starts an execution and waits for its result. */
  execute<Input, Output>(
    workflow: WorkflowDefinition<Input, Output>,
    ...args: InputArguments<Input, StartOptions>
  ): Promise<Output>
  execute<Output = unknown>(kind: string, input?: unknown, options?: StartOptions): Promise<Output>
  async execute(workflow: AnyWorkflow | string, input?: unknown, options: StartOptions = {}): Promise<unknown> {
    const request = startRequest(await checkedKind(workflow, input), input, options)
    const { body } = await this.#start(`?waitMs=${executeWaitMs}`, request, options, executeWaitMs + marginMs)
    const { id, run, result } = readAnswer(executed, body)
    return result === undefined ? new WorkflowHandle(this.#send, id, run).result() : outputOf(id, result)
  }

  /**
   * Signals the execution that has this id, and starts it first when there is none: both or neither.
   *
   * ```ts
   * await client.signalWithStart(chat, { room: 'lobby' }, { id: 'chat-lobby', signal: said, payload: { text: 'Hello' } })
   * ```
   * @throws PerdureError `already_closed` when the one that has this id has ended; `idReuse` may start it anew
   */
  signalWithStart<Input, Output, Payload>(
    workflow: WorkflowDefinition<Input, Output>,
    input: Input,
    options: SignalWithStartOptions<Payload>,
  ): Promise<WorkflowHandle<Output>>
  signalWithStart<Output = unknown, Payload = unknown>(
    kind: string,
    input: unknown,
    options: SignalWithStartOptions<Payload>,
  ): Promise<WorkflowHandle<Output>>
  async signalWithStart(
    workflow: AnyWorkflow | string,
    input: unknown,
    { signal, payload, signalId, ...options }: SignalWithStartOptions<unknown>,
  ): Promise<WorkflowHandle> {
    const request = {
      ...startRequest(await checkedKind(workflow, input), input, options),
      signal: { name: nameOfSignal(signal), ...signalBody(payload, signalId) },
    }
    const { body } = await this.#start('/signal-with-start', request, options)
    const { id, run } = readAnswer(signalWithStartAnswer, body)
    return new WorkflowHandle(this.#send, id, run)
  }

  /** As `handle(id).watchTask`: what a task's code sends while it runs, until the task has ended. */
  watchTask(id: string, taskId: string, options: Pick<WatchOptions, 'run' | 'signal'> = {}): AsyncIterable<TaskFrame> {
    return this.handle(id).watchTask(taskId, options)
  }

  /** As `handle(id).resolvePromise`. */
  async resolvePromise(id: string, nameOrId: string, value?: unknown): Promise<Settled> {
    return this.handle(id).resolvePromise(nameOrId, value)
  }

  /** As `handle(id).rejectPromise`. */
  async rejectPromise(id: string, nameOrId: string, failure: Rejection): Promise<Settled> {
    return this.handle(id).rejectPromise(nameOrId, failure)
  }

  /**
   * Executions, found by filters and a query, in the order of their creation. Iterated they are all that there are, page
   * after page; awaited they are the first page. A list may be a second behind the executions.
   *
   * ```ts
   * for await (const { id, status } of client.list({ query: 'status = FAILED AND attributes.customer = "x"' })) retry(id)
   * ```
   * @throws PerdureError `invalid_request` when read, which says where a query stops making sense
   */
  list(options: ListOptions = {}): ExecutionList {
    return new ExecutionList(this.#send, options)
  }

  /** How many executions there are of these. */
  count(options: CountOptions = {}): Promise<number> {
    return countExecutions(this.#send, options)
  }

  /**
   * An execution that was started before; its workflow gives the type of the result.
   *
   * @throws PerdureError `invalid_request` when no execution can have this id
   */
  handle<Output = unknown>(id: string, _workflow?: WorkflowDefinition<never, Output>): WorkflowHandle<Output> {
    return new WorkflowHandle(this.#send, id)
  }

  /** Without an id the key is what makes a repeat the same start. */
  #start(route: '' | '/signal-with-start' | `?waitMs=${number}`, body: object, { id }: StartOptions, timeoutMs?: number) {
    const headers = id === undefined ? { 'Idempotency-Key': crypto.randomUUID() } : {}
    return this.#send({
      method: 'POST',
      path: `/workflow-executions${route}`,
      body,
      headers,
      ...(timeoutMs !== undefined && { timeoutMs }),
    })
  }
}

async function checkedKind(workflow: AnyWorkflow | string, input: unknown): Promise<string> {
  if (typeof workflow === 'string') return workflow
  checkType(workflow, 'workflow', 'the workflow to start')
  await checkInput(workflow.input, input, workflow.name)
  return workflow.name
}
