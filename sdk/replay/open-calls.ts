/** The tasks, timers and runs that the code waits for, by id, in order of creation. */
import { type Deferred, deferred } from './deferred.ts'

export interface OpenCall {
  readonly id: string
  readonly type: 'task' | 'timer' | 'operation'
  /** Kind of a task, name of a run. */
  readonly name: string
  readonly settled: Deferred<unknown>
  cancelAsked: boolean
}

export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>()

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  begin(type: OpenCall['type'], id: string, name: string): OpenCall {
    const call: OpenCall = { id, type, name, settled: deferred<unknown>(), cancelAsked: false }
    this.#calls.set(id, call)
    return call
  }

  find(id: string): OpenCall | undefined {
    return this.#calls.get(id)
  }

  /** The call, which is open no longer. What ends twice, or was never called, is ignored. */
  end(id: string): OpenCall | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }

  *ids(type: OpenCall['type']): Iterable<string> {
    for (const call of this.#calls.values()) if (call.type === type) yield call.id
  }
}
