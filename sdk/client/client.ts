/** Starts workflows and asks about them. */
import { startAnswer } from '../../schemas/executions.ts'
import { executionId } from '../../schemas/identity.ts'
import { checkInput } from '../definition/schema.ts'
import type { InputArguments } from '../definition/task.ts'
import type { AnyWorkflow, WorkflowDefinition } from '../definition/workflow.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { readAnswer } from '../http/answer.ts'
import { retrying } from '../http/retry.ts'
import { Service, type ServiceOptions } from '../http/service.ts'
import { type StartOptions, startRequest } from './start-options.ts'
import { type Send, WorkflowHandle } from './workflow-handle.ts'

/** A service that is away for longer is an error to the caller. */
const patience = { firstMs: 100, longestMs: 5_000, giveUpAfterMs: 60_000 }

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

  constructor(options: ServiceOptions) {
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
    const kind = typeof workflow === 'string' ? workflow : workflow.name
    if (typeof workflow !== 'string') await checkInput(workflow.input, input, kind)
    const { body } = await this.#send({
      method: 'POST',
      path: '/workflow-executions',
      body: startRequest(kind, input, options),
      headers: options.id === undefined ? { 'Idempotency-Key': crypto.randomUUID() } : {},
    })
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
    const handle = typeof workflow === 'string' ? this.start(workflow, input, options) : this.start(workflow, input, options)
    return (await handle).result()
  }

  /**
   * An execution that was started before; its workflow gives the type of the result.
   *
   * @throws PerdureError `invalid_request` when no execution can have this id
   */
  handle<Output = unknown>(id: string, _workflow?: WorkflowDefinition<never, Output>): WorkflowHandle<Output> {
    const problem = executionId.safeParse(id).error?.issues[0]
    if (problem)
      throw new PerdureError(`${JSON.stringify(id)} is not an execution id: ${problem.message}`, { code: 'invalid_request' })
    return new WorkflowHandle(this.#send, id)
  }
}
