/** What the code waits for, by id, in order of creation. */
import type { Command } from '../../schemas/commands.ts'
import { type Deferred, deferred } from './deferred.ts'
import type { CountedType } from './wording.ts'

/** Signals and conditions are waited for without a trace in the log. */
export type WaitType = 'signal' | 'condition'
export type OpenCallType = Exclude<CountedType, 'state' | 'attributes'> | WaitType

export interface Beginning {
  type: OpenCallType
  /** Kind of a task or child, name of a promise, a run or a signal. */
  name: string
  /** As in `wording`. */
  what: string
  /** It goes on when the workflow is cancelled. */
  isShielded: boolean
  /** What asks the service to stop it. */
  stop?: (() => Command) | undefined
  /** The cancellation of the workflow does not stop it, only the code itself does. */
  outlives?: boolean | undefined
  /** The line that made it, where that is in doubt. */
  location?: string | undefined
}

export interface OpenCall extends Readonly<Beginning> {
  readonly id: string
  readonly settled: Deferred<unknown>
  /** It was asked to stop, and is awaited all the same. */
  stopAsked: boolean
  /** What else ends with it, however it ends. */
  onEnd: (() => void) | undefined
}

export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>()
  #waits = 0

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  [Symbol.iterator](): Iterator<OpenCall> {
    return this.#calls.values()
  }

  begin(id: string, beginning: Beginning): OpenCall {
    const call: OpenCall = { ...beginning, id, settled: deferred<unknown>(), stopAsked: false, onEnd: undefined }
    this.#calls.set(id, call)
    return call
  }

  /** Of what has no id in the log. */
  wait(beginning: Beginning & { type: WaitType }): OpenCall {
    this.#waits += 1
    return this.begin(`wait-${this.#waits}`, beginning)
  }

  has(call: OpenCall): boolean {
    return this.#calls.get(call.id) === call
  }

  /** The call, which is open no longer. What ends twice, or was never called, is ignored. */
  end(id: string): OpenCall | undefined {
    const call = this.#calls.get(id)
    if (call === undefined) return undefined
    this.#calls.delete(id)
    call.onEnd?.()
    return call
  }

  *ids(type: OpenCallType): Iterable<string> {
    for (const call of this.#calls.values()) if (call.type === type) yield call.id
  }
}
