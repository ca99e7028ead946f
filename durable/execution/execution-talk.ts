/** What an execution says to other executions. A call that fails is answered by undefined, and the outbox repeats it. */
import { type Answer, refused } from '../../engine/answer.ts'
import type { ExecutionMessage } from '../../engine/execution/messages.ts'
import type { Env } from '../env.ts'
import { pinned } from '../flow-pinning.ts'
import { rememberQueue } from '../settings-cache.ts'
import { executionStub } from '../stubs.ts'

export class ExecutionTalk {
  readonly #env: Env

  constructor(env: Env) {
    this.#env = env
  }

  async send(org: string, to: string, message: ExecutionMessage): Promise<Answer<null> | undefined> {
    try {
      if (message.type !== 'start-child') return await executionStub(this.#env, org, to).receive(message)
      if (!(await rememberQueue(this.#env, org, message.queue)))
        return refused('invalid_request', `the organisation has too many queues to begin with ${message.queue}`)
      // Repeated, it may bring a later version: the child that is there takes none of it.
      const start = await pinned(this.#env, message)
      return start.ok ? await executionStub(this.#env, org, to).receive(start.value) : start
    } catch {
      return undefined
    }
  }
}
