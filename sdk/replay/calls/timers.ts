/** `ctx.sleep`, `sleepUntil`, `timer`, and the limits of waits. */
import type { DurablePromise } from '../../definition/durable-promise.ts'
import { type Duration, milliseconds } from '../../definition/duration.ts'
import { TimeoutFailure } from '../../failures/own-failures.ts'
import { withTimeout } from '../combinators.ts'
import type { Callee } from '../matching.ts'
import type { OpenCall } from '../open-calls.ts'
import { wording } from '../wording.ts'
import { type Caller, ignore } from './caller.ts'

type Due = { durationMs: number } | { fireAt: number }

export function makeTimers(caller: Caller) {
  const sleep = (duration: Duration) => startTimer(caller, sleep, () => ({ durationMs: milliseconds(duration) }))
  const timer = (duration: Duration) => startTimer(caller, timer, () => ({ durationMs: milliseconds(duration) }))
  const sleepUntil = (time: Date | number) => startTimer(caller, sleepUntil, () => ({ fireAt: instantOf(time) }))
  const limited = <Value>(duration: Duration, promise: PromiseLike<Value>): DurablePromise<Value> =>
    withTimeout(
      startTimer(caller, limited, () => ({ durationMs: milliseconds(duration) })),
      promise,
      new TimeoutFailure('time was up before it was settled'),
    )
  return { sleep, timer, sleepUntil, withTimeout: limited }
}

/** A wait that ends with a `TimeoutFailure`; the timer ends with it, whatever comes first. */
export function limitWait(caller: Caller, call: OpenCall, limitMs: number, what: string, callee: Callee): void {
  const failure = new TimeoutFailure(`time was up before ${what}`)
  const timer = startTimer(caller, callee, () => ({ durationMs: limitMs }))
  const { onEnd } = call
  call.onEnd = () => {
    onEnd?.()
    timer.cancel()
  }
  timer.then(() => caller.state.calls.end(call.id)?.settled.reject(failure), ignore)
}

function startTimer(caller: Caller, callee: Callee, due: () => Due): DurablePromise<void> {
  const { promise, call } = caller.open<void>('timer', callee, () => {
    const when = due()
    return {
      asked: { type: 'timer', what: wording.timer() },
      name: '',
      command: (timerId) => ({ type: 'START_TIMER', timerId, ...when }),
      stop: (timerId) => ({ type: 'CANCEL_TIMER', timerId }),
    }
  })
  return Object.assign(promise, { cancel: () => caller.giveUp(call) })
}

function instantOf(time: Date | number): number {
  const at = Math.ceil(typeof time === 'number' ? time : time.getTime())
  if (!(at >= 0 && at <= 8_640_000_000_000_000)) throw new RangeError(`${String(time)} is not a time`)
  return at
}
