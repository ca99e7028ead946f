/** `ctx.signals` and `ctx.onSignal`. What a signal carries has the type that its definition says: nobody has checked it. */

import type { DurablePromise } from '../../definition/durable-promise.ts'
import { milliseconds } from '../../definition/duration.ts'
import { type SignalChannel, signalName, type WaitOptions } from '../../definition/signal.ts'
import { CancelledFailure } from '../../failures/own-failures.ts'
import { toWire } from '../../failures/wire.ts'
import { deferred } from '../deferred.ts'
import type { RunState } from '../run-state.ts'
import { type Caller, ignore, rejected } from './caller.ts'
import { limitWait } from './timers.ts'

type Named = { readonly name: string } | string

export function makeSignals(caller: Caller) {
  const { state } = caller
  const signals = <Payload>(signal: Named): SignalChannel<Payload> => {
    const name = signalName(signal)
    const next = ({ timeout }: WaitOptions = {}): DurablePromise<Payload> => {
      const refused = caller.refusal<Payload>('signals().next')
      if (refused !== undefined) return refused
      let limitMs: number | undefined
      try {
        limitMs = timeout === undefined ? undefined : milliseconds(timeout)
      } catch (error) {
        return rejected(error)
      }
      const unread = state.inbox.take(name)
      if (unread !== undefined) return settled(unread.payload as Payload)
      const { promise, call } = caller.wait<Payload>('signal', name)
      state.inbox.wait(name, call)
      call.onEnd = () => state.inbox.giveUp(name, call)
      if (limitMs !== undefined) limitWait(caller, call, limitMs, `signal ${name} came`, next)
      return promise
    }
    return {
      next,
      has() {
        state.enterOrThrow('signals().has')
        return state.inbox.has(name, state.readEdge())
      },
      drain() {
        state.enterOrThrow('signals().drain')
        return state.inbox.drain(name, state.readEdge()) as Payload[]
      },
      async *[Symbol.asyncIterator]() {
        for (;;) yield await next()
      },
    }
  }
  const onSignal = <Payload>(signal: Named, handler: (payload: Payload) => unknown): void => {
    const name = signalName(signal)
    state.enterOrThrow('onSignal')
    state.inbox.handle(name, (payload) => handle(state, () => handler(payload as Payload)))
  }
  return { signals, onSignal, handlersDone: () => state.handlersAtWork === 0 }
}

/** A handler that fails fails the workflow: nobody else would hear of it. */
function handle(state: RunState, handler: () => unknown): void {
  const leave = (): void => {
    state.handlersAtWork -= 1
  }
  state.handlersAtWork += 1
  void state
    .inCode(async () => handler())
    .then(leave, (error: unknown) => {
      leave()
      if (CancelledFailure.is(error) && state.cancellation.isRequested) return
      state.finish(() => ({ type: 'FAIL_WORKFLOW', failure: toWire(error) }))
    })
}

function settled<Value>(value: Value): DurablePromise<Value> {
  const { promise, resolve } = deferred<Value>()
  resolve(value)
  return Object.assign(promise, { cancel: ignore })
}
