/**
 * What the members of a context have in common. There are two contexts to a run: what is called on the shielded one goes on
 * when the workflow is cancelled.
 */
import type { Command } from '../../../schemas/commands.ts'
import type { DurablePromise } from '../../definition/durable-promise.ts'
import { CancelledFailure } from '../../failures/own-failures.ts'
import { deferred, never } from '../deferred.ts'
import type { Asked, Callee, Matched } from '../matching.ts'
import type { OpenCall, OpenCallType, WaitType } from '../open-calls.ts'
import type { RunState } from '../run-state.ts'

/** A call that the log has, or will have. */
export interface Plan {
  asked: Asked & { type: OpenCallType }
  /** Kind of a task or child, name of a promise or a run. */
  name: string
  /** What asks for it; a side effect needs no asking. */
  command?: (id: string) => Command
  /** What asks to stop it. */
  stop?: (id: string) => Command
  outlives?: boolean
}

/** A call that has begun; without `call` when it was refused or does not count. */
export interface Opened<Value> {
  promise: Promise<Value>
  call?: OpenCall
  matched?: Matched
}

export const ignore = (): void => undefined

/** Never settles, and cannot be cancelled: the run has ended or is broken. */
export const silence = <Value>(): DurablePromise<Value> => Object.assign(never<Value>(), { cancel: ignore })

/** A call that is refused for what it was given, or comes after the cancellation: the author may catch it. */
export function rejected<Value>(error: unknown): DurablePromise<Value> {
  const { promise, reject } = deferred<Value>()
  reject(error)
  return Object.assign(promise, { cancel: ignore })
}

export class Caller {
  readonly state: RunState
  readonly executionId: string
  readonly run: number
  readonly isShielded: boolean

  constructor({
    state,
    executionId,
    run,
    isShielded,
  }: { state: RunState; executionId: string; run: number; isShielded: boolean }) {
    this.state = state
    this.executionId = executionId
    this.run = run
    this.isShielded = isShielded
  }

  /** A call that makes a durable promise. `plan` checks what it was given. */
  open<Value>(member: string, callee: Callee, plan: () => Plan): Opened<Value> {
    const promise = this.refusal<Value>(member)
    if (promise !== undefined) return { promise }
    const { state, isShielded } = this
    let planned: Plan
    try {
      planned = plan()
    } catch (error) {
      return { promise: rejected(error) }
    }
    const { asked, name, command, stop, outlives } = planned
    const matched = state.match(asked, callee)
    if (matched === undefined) return { promise: never() }
    const { id, isNew, location } = matched
    const call = state.calls.begin(id, {
      type: asked.type,
      name,
      what: asked.what,
      isShielded,
      stop: stop && (() => stop(id)),
      outlives,
      location,
    })
    if (isNew && command !== undefined) state.commands.push(command(id))
    return { promise: promiseOf<Value>(call), call, matched }
  }

  /** What waits without a trace in the log: for a signal, or a condition. */
  wait<Value>(type: WaitType, name: string): { promise: DurablePromise<Value>; call: OpenCall } {
    const call = this.state.calls.wait({ type, name, what: name, isShielded: this.isShielded })
    return { promise: Object.assign(promiseOf<Value>(call), { cancel: () => this.giveUp(call) }), call }
  }

  /** What a call gets that cannot go on. */
  refusal<Value>(member: string): DurablePromise<Value> | undefined {
    const { state } = this
    if (!state.enter(member)) return silence()
    return state.cancellation.isRequested && !this.isShielded ? rejected(state.cancellation.failure()) : undefined
  }

  /** The code no longer waits for it. */
  giveUp(call: OpenCall | undefined): void {
    const { state } = this
    if (call === undefined || !state.enter(`${call.type}().cancel`) || !state.calls.has(call)) return
    state.calls.end(call.id)
    call.settled.reject(new CancelledFailure(`${call.type} ${call.name || call.id} was cancelled by the code`))
    if (call.stop !== undefined) state.say(call.stop())
  }

  /** Asks it to stop; how it ends is awaited. */
  askToStop(call: OpenCall | undefined): void {
    const { state } = this
    if (call?.stop === undefined || !state.enter(`${call.type}().cancel`) || call.stopAsked || !state.calls.has(call)) return
    call.stopAsked = true
    state.say(call.stop())
  }
}

/** What is settled with it is what its event holds. */
const promiseOf = <Value>(call: OpenCall): Promise<Value> => call.settled.promise as Promise<Value>
