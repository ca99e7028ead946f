/**
 * Logs written by hand: what a run must have lived through for its code to get where a test wants it. There is one
 * method for each event; ids, times and what is usual are filled in, and whatever is given goes before that.
 */
import { childExecutionId } from '../../schemas/child-id.ts'
import type { EventOf, EventType } from '../../schemas/events.ts'
import { retryDefaults } from '../../schemas/retry.ts'
import type { Json } from '../../schemas/values.ts'
import { type Rejection, wireRejection } from '../client/settling.ts'
import type { History } from '../client/workflow-handle.ts'
import { type Duration, milliseconds } from '../definition/duration.ts'
import { encodePayload } from '../values/payload.ts'
import { WrittenLog } from './written-log.ts'

type Data<Type extends EventType> = EventOf<Type>['data']
/** All of it may be left out, but what is named must be said. */
type Given<Type extends EventType, Said extends string = never> = Omit<Partial<Data<Type>>, Said>
type Ended = Partial<Pick<Data<'WORKFLOW_SUSPENDED'>, 'snapshotSequence' | 'activationAt' | 'commandsFrom'>>
type Asked = { reason?: string; by?: string }
type OfTask = { taskId?: string; attempt?: number }
type OfPromise = { promiseId?: string }
type OfChild = { childId?: string }

export interface HistoryOptions extends Given<'WORKFLOW_STARTED', 'input' | 'kind'> {
  kind: string
  input?: unknown
  /** When it was started; the 1st of January 2026. */
  at?: Date | number
}

const firstDay = Date.UTC(2026, 0, 1)

export class HistoryBuilder {
  readonly #log: WrittenLog
  readonly #executionId: string
  readonly #run: number

  constructor({ kind, input, at = firstDay, ...given }: HistoryOptions) {
    const { executionId = 'execution-1', run = 1 } = given
    this.#executionId = executionId
    this.#run = run
    this.#log = new WrittenLog(typeof at === 'number' ? at : at.getTime())
    this.#add('WORKFLOW_STARTED', { queue: 'default', ...given, executionId, run, kind, ...value('input', input) })
  }

  /** The log, as `replay` takes it. */
  build(): History {
    return { executionId: this.#executionId, run: this.#run, events: structuredClone(this.#log.events) }
  }

  /** So much time goes by before the next event. */
  passed(duration: Duration): this {
    this.#log.at += milliseconds(duration)
    return this
  }

  /** The activation ends, and the run waits. */
  suspended({ awaiting = [], ...ended }: Ended & Partial<Pick<Data<'WORKFLOW_SUSPENDED'>, 'awaiting'>> = {}): this {
    return this.#add('WORKFLOW_SUSPENDED', { ...this.#log.closing, ...ended, awaiting })
  }
  completed({ output, ...ended }: Ended & { output?: unknown } = {}): this {
    return this.#add('WORKFLOW_COMPLETED', { ...this.#log.closing, ...ended, ...value('output', output) })
  }
  failed({ failure, ...ended }: Ended & { failure: Rejection }): this {
    return this.#add('WORKFLOW_FAILED', { ...this.#log.closing, ...ended, failure: wireRejection(failure) })
  }
  cancelled({ reason, ...ended }: Ended & { reason?: string } = {}): this {
    return this.#add('WORKFLOW_CANCELLED', { ...this.#log.closing, ...ended, ...(reason !== undefined && { reason }) })
  }
  terminated(asked: Asked = {}): this {
    return this.#add('WORKFLOW_TERMINATED', { by: 'test', ...asked })
  }
  timedOut(): this {
    return this.#add('WORKFLOW_TIMED_OUT', {})
  }
  paused(asked: Asked = {}): this {
    return this.#add('WORKFLOW_PAUSED', { by: 'test', ...asked })
  }
  resumed(asked: Asked = {}): this {
    return this.#add('WORKFLOW_RESUMED', { by: 'test', ...asked })
  }
  cancellationRequested(asked: Asked = {}): this {
    return this.#add('CANCELLATION_REQUESTED', { by: 'test', ...asked })
  }

  taskScheduled({ kind, input, ...given }: Given<'TASK_SCHEDULED', 'input' | 'kind'> & { kind: string; input?: unknown }): this {
    const taskId = this.#log.begin('task', given.taskId)
    const usual = { queue: 'default', retry: { ...retryDefaults, nonRetryable: [] }, timeouts: {}, priority: 0 }
    return this.#add('TASK_SCHEDULED', { ...usual, ...given, taskId, kind, ...value('input', input) })
  }
  taskCompleted({ output, taskId, attempt = 1 }: OfTask & { output?: unknown } = {}): this {
    return this.#add('TASK_COMPLETED', { taskId: this.#log.end('task', taskId), attempt, ...value('output', output) })
  }
  taskFailed({ failure, taskId, attempt = 1 }: OfTask & { failure: Rejection }): this {
    return this.#add('TASK_FAILED', { taskId: this.#log.end('task', taskId), attempt, failure: wireRejection(failure) })
  }
  taskTimedOut({ timeout = 'START_TO_CLOSE', taskId, attempt = 1 }: Given<'TASK_TIMED_OUT'> = {}): this {
    return this.#add('TASK_TIMED_OUT', { taskId: this.#log.end('task', taskId), attempt, timeout })
  }
  taskCancelled({ taskId, attempt = 1 }: OfTask = {}): this {
    return this.#add('TASK_CANCELLED', { taskId: this.#log.end('task', taskId), attempt })
  }
  taskCancellationRequested({ taskId }: { taskId?: string } = {}): this {
    return this.#add('TASK_CANCELLATION_REQUESTED', { taskId: this.#log.peek('task', taskId) })
  }

  timerStarted({ timerId, duration = 0, fireAt }: { timerId?: string; duration?: Duration; fireAt?: number } = {}): this {
    const durationMs = milliseconds(duration)
    const at = fireAt ?? this.#log.at + durationMs
    return this.#add('TIMER_STARTED', { timerId: this.#log.begin('timer', timerId), fireAt: at, durationMs })
  }
  /** Time goes on to when it is due. */
  timerFired({ timerId }: { timerId?: string } = {}): this {
    const id = this.#log.end('timer', timerId)
    const started = this.#log.find('TIMER_STARTED', ({ data }) => data.timerId === id)
    this.#log.at = Math.max(this.#log.at, started?.data.fireAt ?? 0)
    return this.#add('TIMER_FIRED', { timerId: id })
  }
  timerCancelled({ timerId }: { timerId?: string } = {}): this {
    return this.#add('TIMER_CANCELLED', { timerId: this.#log.end('timer', timerId) })
  }

  promiseCreated({ name, promiseId, timeout }: OfPromise & { name: string; timeout?: Duration }): this {
    const id = this.#log.begin('promise', promiseId)
    const limit = timeout === undefined ? {} : { timeoutMs: milliseconds(timeout) }
    return this.#add('PROMISE_CREATED', { promiseId: id, name, ...limit })
  }
  promiseResolved({ promiseId, value: given }: OfPromise & { value?: unknown } = {}): this {
    return this.#add('PROMISE_RESOLVED', { ...this.#promise(promiseId), ...value('value', given) })
  }
  promiseRejected({ promiseId, failure }: OfPromise & { failure: Rejection }): this {
    return this.#add('PROMISE_REJECTED', { ...this.#promise(promiseId), failure: wireRejection(failure) })
  }
  promiseTimedOut({ promiseId }: OfPromise = {}): this {
    return this.#add('PROMISE_TIMED_OUT', this.#promise(promiseId))
  }

  signalReceived({ name, payload, signalId }: { name: string; payload?: unknown; signalId?: string }): this {
    return this.#add('SIGNAL_RECEIVED', { name, signalId: this.#log.begin('signal', signalId), ...value('payload', payload) })
  }

  childWorkflowInitiated({
    kind,
    input,
    ...given
  }: Given<'CHILD_WORKFLOW_INITIATED', 'input' | 'kind'> & { kind: string; input?: unknown }): this {
    const childId = this.#log.begin('child', given.childId)
    const executionId = given.executionId ?? childExecutionId(this.#executionId, this.#run, childId)
    const usual = { queue: 'default', parentClosePolicy: 'TERMINATE' as const }
    return this.#add('CHILD_WORKFLOW_INITIATED', { ...usual, ...given, childId, executionId, kind, ...value('input', input) })
  }
  childWorkflowStarted({ childId }: OfChild = {}): this {
    return this.#add('CHILD_WORKFLOW_STARTED', this.#child(this.#log.peek('child', childId)))
  }
  childWorkflowCompleted({ childId, output }: OfChild & { output?: unknown } = {}): this {
    return this.#add('CHILD_WORKFLOW_COMPLETED', { ...this.#childEnd(childId), ...value('output', output) })
  }
  childWorkflowFailed({ childId, failure }: OfChild & { failure: Rejection }): this {
    return this.#add('CHILD_WORKFLOW_FAILED', { ...this.#childEnd(childId), failure: wireRejection(failure) })
  }
  childWorkflowCancelled({ childId }: OfChild = {}): this {
    return this.#add('CHILD_WORKFLOW_CANCELLED', this.#childEnd(childId))
  }
  childWorkflowTerminated({ childId, reason }: OfChild & { reason?: string } = {}): this {
    return this.#add('CHILD_WORKFLOW_TERMINATED', { ...this.#childEnd(childId), ...(reason !== undefined && { reason }) })
  }
  childWorkflowTimedOut({ childId }: OfChild = {}): this {
    return this.#add('CHILD_WORKFLOW_TIMED_OUT', this.#childEnd(childId))
  }
  childWorkflowCancellationRequested({ childId }: OfChild = {}): this {
    return this.#add('CHILD_WORKFLOW_CANCELLATION_REQUESTED', { childId: this.#log.peek('child', childId) })
  }

  externalSignalSent({ executionId, name, requestId }: { executionId: string; name: string; requestId?: string }): this {
    return this.#add('EXTERNAL_SIGNAL_SENT', { requestId: this.#external(requestId), executionId, name })
  }
  externalSignalFailed({
    executionId,
    name,
    failure,
    requestId,
  }: {
    executionId: string
    name: string
    failure: Rejection
    requestId?: string
  }): this {
    const data = { requestId: this.#external(requestId), executionId, name, failure: wireRejection(failure) }
    return this.#add('EXTERNAL_SIGNAL_FAILED', data)
  }
  externalCancelSent({ executionId, requestId }: { executionId: string; requestId?: string }): this {
    return this.#add('EXTERNAL_CANCEL_SENT', { requestId: this.#external(requestId), executionId })
  }
  externalCancelFailed({
    executionId,
    failure,
    requestId,
  }: {
    executionId: string
    failure: Rejection
    requestId?: string
  }): this {
    const data = { requestId: this.#external(requestId), executionId, failure: wireRejection(failure) }
    return this.#add('EXTERNAL_CANCEL_FAILED', data)
  }

  stateSet({ key, value: given }: { key: string; value: unknown }): this {
    return this.#add('STATE_SET', { key, value: encodePayload(given, 'value') })
  }
  stateCleared({ key }: { key: string }): this {
    return this.#add('STATE_CLEARED', { key })
  }
  attributesSet({ attributes }: Data<'ATTRIBUTES_SET'>): this {
    return this.#add('ATTRIBUTES_SET', { attributes })
  }

  operationCompleted({ name, result, operationId }: { name: string; result?: unknown; operationId?: string }): this {
    const id = this.#log.end('operation', this.#log.begin('operation', operationId))
    return this.#add('OPERATION_COMPLETED', { operationId: id, name, ...value('result', result) })
  }
  operationFailed({ name, failure, operationId }: { name: string; failure: Rejection; operationId?: string }): this {
    const id = this.#log.end('operation', this.#log.begin('operation', operationId))
    return this.#add('OPERATION_FAILED', { operationId: id, name, failure: wireRejection(failure) })
  }

  #add<Type extends EventType>(type: Type, data: Data<Type>): this {
    this.#log.add(type, data)
    return this
  }

  #promise(given: string | undefined): { promiseId: string; name: string } {
    const promiseId = this.#log.end('promise', given)
    const created = this.#log.find('PROMISE_CREATED', ({ data }) => data.promiseId === promiseId)
    return { promiseId, name: created?.data.name ?? promiseId }
  }

  #childEnd(given: string | undefined): { childId: string; executionId: string } {
    return this.#child(this.#log.end('child', given))
  }

  #child(childId: string): { childId: string; executionId: string } {
    const initiated = this.#log.find('CHILD_WORKFLOW_INITIATED', ({ data }) => data.childId === childId)
    return { childId, executionId: initiated?.data.executionId ?? childExecutionId(this.#executionId, this.#run, childId) }
  }

  /** They are in the log when they have been answered, in any order: the next one, unless another was given. */
  #external(given: string | undefined): string {
    return this.#log.begin('external', given)
  }
}

function value<Name extends string>(name: Name, given: unknown): { [Key in Name]?: Json } {
  const values: { [Key in Name]?: Json } = {}
  if (given !== undefined) values[name] = encodePayload(given, name)
  return values
}
