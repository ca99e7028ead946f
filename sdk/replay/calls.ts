/** The context of a workflow: every member is a call to the run's state. */
import type { Command } from '../../schemas/commands.ts'
import { limits } from '../../schemas/limits.ts'
import type { DurablePromise } from '../definition/durable-promise.ts'
import { type Duration, milliseconds } from '../definition/duration.ts'
import { type LogEntry, loggerTo } from '../definition/logger.ts'
import type { AnyTask } from '../definition/task.ts'
import { type RetryOptions, type TaskOptions, wireTaskOptions } from '../definition/task-options.ts'
import type { WorkflowContext, WorkflowInfo } from '../definition/workflow-context.ts'
import { CancelledFailure } from '../failures/own-failures.ts'
import { encodePayload } from '../values/payload.ts'
import { map, withTimeout } from './combinators.ts'
import { deferred, never } from './deferred.ts'
import type { RunState } from './run-state.ts'
import { runIn } from './scope.ts'
import type { Generator } from './seed.ts'

export interface CallsOptions {
  state: RunState
  executionId: string
  run: number
  generator: Generator
  log: (entry: LogEntry) => void
}

const ignore = (): void => undefined

/** Never settles, and cannot be cancelled: the run has ended or is broken. */
const silence = <Value>(): DurablePromise<Value> => Object.assign(never<Value>(), { cancel: ignore })

export function makeContext({ state, executionId, run, generator, log }: CallsOptions): WorkflowContext {
  const task = <Value>(definition: AnyTask | string, input?: unknown, options: TaskOptions = {}): DurablePromise<Value> => {
    if (!state.enter('task')) return silence()
    const kind = typeof definition === 'string' ? definition : definition.name
    let described: Pick<Extract<Command, { type: 'SCHEDULE_TASK' }>, 'input' | 'queue' | 'retry' | 'timeouts' | 'priority'>
    try {
      const encoded = input === undefined ? {} : { input: encodePayload(input, `the input of ${kind}`) }
      described = { ...encoded, ...wireTaskOptions(typeof definition === 'string' ? {} : definition, options) }
    } catch (error) {
      return rejected(error)
    }
    const begun = state.begin('task', kind, task)
    if (begun === undefined) return silence()
    const { call, isNew } = begun
    if (isNew) state.commands.push({ type: 'SCHEDULE_TASK', taskId: call.id, kind, ...described })
    const cancel = () => {
      if (!state.enter('task().cancel') || call.cancelAsked || state.calls.find(call.id) !== call) return
      call.cancelAsked = true
      if (state.isLive) state.commands.push({ type: 'CANCEL_TASK', taskId: call.id })
    }
    return durable(call.settled.promise, cancel)
  }

  const startTimer = (
    callee: (...args: never[]) => unknown,
    when: () => { durationMs: number } | { fireAt: number },
  ): DurablePromise<void> => {
    if (!state.enter('timer')) return silence()
    let due: { durationMs: number } | { fireAt: number }
    try {
      due = when()
    } catch (error) {
      return rejected(error)
    }
    const begun = state.begin('timer', '', callee)
    if (begun === undefined) return silence()
    const { call, isNew } = begun
    if (isNew) state.commands.push({ type: 'START_TIMER', timerId: call.id, ...due })
    const cancel = () => {
      if (!state.enter('timer().cancel') || state.calls.find(call.id) !== call) return
      state.calls.end(call.id)
      call.settled.reject(new CancelledFailure(`${call.id} was cancelled`))
      if (state.isLive) state.commands.push({ type: 'CANCEL_TIMER', timerId: call.id })
    }
    return durable(call.settled.promise, cancel)
  }

  const sleep = (duration: Duration) => startTimer(sleep, () => ({ durationMs: milliseconds(duration) }))
  const timer = (duration: Duration) => startTimer(timer, () => ({ durationMs: milliseconds(duration) }))
  const sleepUntil = (time: Date | number) => startTimer(sleepUntil, () => ({ fireAt: instantOf(time) }))

  const limited = <Value>(duration: Duration, promise: PromiseLike<Value>): DurablePromise<Value> =>
    withTimeout(
      startTimer(limited, () => ({ durationMs: milliseconds(duration) })),
      promise,
    )

  const performRun: WorkflowContext['run'] = <Value>(
    name: string,
    fn: () => Promise<Value> | Value,
    options: { retry?: RetryOptions } = {},
  ) => {
    if (!state.enter('run')) return never<Value>()
    const begun = state.begin('operation', name, performRun)
    if (begun === undefined) return never<Value>()
    state.operations.add(begun.call.id, name, fn, options.retry)
    return durable<Value>(begun.call.settled.promise, ignore)
  }

  return {
    task,
    sleep,
    sleepUntil,
    timer,
    withTimeout: limited,
    map: (items, fn, { concurrency = Number.POSITIVE_INFINITY } = {}) => map(items, fn, concurrency),
    run: performRun,
    now() {
      state.enterOrThrow('now')
      state.observed = true
      return state.edge.at
    },
    random() {
      state.enterOrThrow('random')
      return generator.random()
    },
    uuid() {
      state.enterOrThrow('uuid')
      return generator.uuid()
    },
    log: loggerTo((level, message, fields) => {
      if (state.isLive && state.active) runIn(undefined, () => log({ level, message, fields, executionId, run }))
    }),
    info: makeInfo(state, executionId, run),
  }
}

function makeInfo(state: RunState, executionId: string, run: number): WorkflowInfo {
  const { started } = state.book
  const historyLength = (): number => {
    state.observed = true
    return state.edge.historyLength
  }
  return {
    executionId,
    run,
    kind: started?.data.kind ?? '',
    queue: started?.data.queue ?? '',
    startedAt: started?.at ?? 0,
    get historyLength() {
      return historyLength()
    },
    get continueAsNewSuggested() {
      return historyLength() >= limits.eventsSuggestContinueAsNew
    },
  }
}

const durable = <Value>(promise: Promise<unknown>, cancel: () => void): DurablePromise<Value> =>
  Object.assign(promise as Promise<Value>, { cancel })

/** A call that is refused for what it was given: the author's own mistake, which the author may catch. */
function rejected<Value>(error: unknown): DurablePromise<Value> {
  const { promise, reject } = deferred<Value>()
  reject(error)
  return Object.assign(promise, { cancel: ignore })
}

function instantOf(time: Date | number): number {
  const at = Math.ceil(typeof time === 'number' ? time : time.getTime())
  if (!(at >= 0 && at <= 8_640_000_000_000_000)) throw new RangeError(`${String(time)} is not a time`)
  return at
}
