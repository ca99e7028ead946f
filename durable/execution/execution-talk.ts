/** What an execution says to other executions. A call that fails is answered by undefined, and the outbox repeats it. */
import { type Answer, refused } from '../../engine/answer.ts'
import type { ExecutionMessage } from '../../engine/execution/messages.ts'
import type { Env } from '../env.ts'
import { rememberQueue } from '../settings-cache.ts'
import { executionStub } from '../stubs.ts'

export class ExecutionTalk {
  readonly #env: Env

  constructor(env: Env) {
    this.#env = env
  }

  async send(org: string, to: string, message: ExecutionMessage): Promise<Answer<null> | undefined> {
    try {
      if (message.type === 'start-child' && !(await rememberQueue(this.#env, org, message.queue)))
        return refused('invalid_request', `the organisation has too many queues to begin with ${message.queue}`)
      return await executionStub(this.#env, org, to).receive(message)
    } catch {
      return undefined
    }
  }
}
