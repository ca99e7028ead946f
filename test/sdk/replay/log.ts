/** A log that grows as the service's does: commands in, events out. Time is a counter. */
import { childExecutionId } from '../../../schemas/child-id.ts'
import type { Command } from '../../../schemas/commands.ts'
import type { EventOf, EventType, HistoryEvent } from '../../../schemas/events.ts'
import type { Failure } from '../../../schemas/failure.ts'
import type { Json } from '../../../schemas/values.ts'
import type { OperationOutcome, OperationReports, Recorded } from '../../../sdk/replay/operations.ts'
import type { ActivationAnswer } from '../../../sdk/replay/workflow-run.ts'

const retry = {
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  maximumIntervalMs: 100_000,
  maximumAttempts: 10,
  nonRetryable: [],
}

const closingTypes: ReadonlySet<string> = new Set(['WORKFLOW_COMPLETED', 'WORKFLOW_FAILED', 'WORKFLOW_CANCELLED'])

export class Log {
  readonly events: HistoryEvent[] = []
  readonly openTasks = new Set<string>()
  readonly openTimers = new Set<string>()
  readonly operationsOut = new Set<string>()
  /** Open promises, and their names. */
  readonly promises = new Map<string, string>()
  /** Open children, and their execution ids. */
  readonly children = new Map<string, string>()
  /** What was asked of other executions, and not answered. */
  readonly requests = new Map<string, { executionId: string; name?: string }>()
  /** Values of promises that were settled before they were created, by name. */
  readonly settlements = new Map<string, Json>()
  clock = 1_000

  constructor(kind = 'test', input?: Json) {
    this.append('WORKFLOW_STARTED', {
      executionId: 'execution-1',
      kind,
      queue: 'default',
      run: 1,
      ...(input !== undefined && { input }),
    })
  }

  get end(): number {
    return this.events.length
  }

  /** The event that ended the last activation. */
  get closedAt(): number {
    return this.events.findLast(({ type }) => type === 'WORKFLOW_SUSPENDED' || closingTypes.has(type))?.sequence ?? 0
  }

  get isClosed(): boolean {
    return this.events.some(({ type }) => closingTypes.has(type))
  }

  append<Type extends EventType>(type: Type, data: EventOf<Type>['data']): void {
    this.clock += 1
    this.events.push({ sequence: this.end + 1, type, at: this.clock, data } as HistoryEvent)
  }

  /** The answer of an activation becomes its block; an idle one leaves nothing. */
  take(answer: ActivationAnswer): void {
    const { snapshotSequence, activationAt, commands, observed, awaiting, operationsOut } = answer
    const isSame =
      operationsOut.length === this.operationsOut.size &&
      operationsOut.every(({ operationId }) => this.operationsOut.has(operationId))
    if (commands.length === 0 && !observed && isSame) return
    const closing = { snapshotSequence, activationAt, commandsFrom: this.end + 1 }
    this.operationsOut.clear()
    for (const { operationId } of operationsOut) this.operationsOut.add(operationId)
    for (const command of commands) this.#apply(command, closing)
    if (!this.isClosed) {
      const out = operationsOut.map(({ operationId, name }) => ({ type: 'operation' as const, id: operationId, name }))
      this.append('WORKFLOW_SUSPENDED', { ...closing, awaiting: [...out, ...awaiting] })
    }
  }

  complete(taskId: string, output?: Json): void {
    this.openTasks.delete(taskId)
    this.append('TASK_COMPLETED', { taskId, attempt: 1, ...(output !== undefined && { output }) })
  }

  fail(taskId: string, failure: Failure): void {
    this.openTasks.delete(taskId)
    this.append('TASK_FAILED', { taskId, attempt: 1, failure })
  }

  fire(timerId: string): void {
    this.openTimers.delete(timerId)
    this.append('TIMER_FIRED', { timerId })
  }

  signal(name: string, payload?: Json): void {
    const data = { name, signalId: `signal-${this.end}` }
    this.append('SIGNAL_RECEIVED', { ...data, ...(payload !== undefined && { payload }) })
  }

  cancel(reason?: string): void {
    this.append('CANCELLATION_REQUESTED', { by: 'somebody', ...(reason !== undefined && { reason }) })
  }

  resolve(promiseId: string, value?: Json): void {
    this.append('PROMISE_RESOLVED', { ...this.#promise(promiseId), ...(value !== undefined && { value }) })
  }

  reject(promiseId: string, failure: Failure): void {
    this.append('PROMISE_REJECTED', { ...this.#promise(promiseId), failure })
  }

  timeOut(promiseId: string): void {
    this.append('PROMISE_TIMED_OUT', this.#promise(promiseId))
  }

  completeChild(childId: string, output?: Json): void {
    this.append('CHILD_WORKFLOW_COMPLETED', { ...this.#child(childId), ...(output !== undefined && { output }) })
  }

  failChild(childId: string, failure: Failure): void {
    this.append('CHILD_WORKFLOW_FAILED', { ...this.#child(childId), failure })
  }

  endChild(childId: string, how: 'CANCELLED' | 'TERMINATED' | 'TIMED_OUT'): void {
    this.append(`CHILD_WORKFLOW_${how}`, this.#child(childId))
  }

  /** The other execution has answered. */
  answerRequest(requestId: string, failure?: Failure): void {
    const { executionId, name } = this.requests.get(requestId) ?? { executionId: '' }
    this.requests.delete(requestId)
    const data = { requestId, executionId }
    if (name === undefined) {
      if (failure === undefined) this.append('EXTERNAL_CANCEL_SENT', data)
      else this.append('EXTERNAL_CANCEL_FAILED', { ...data, failure })
    } else if (failure === undefined) this.append('EXTERNAL_SIGNAL_SENT', { ...data, name })
    else this.append('EXTERNAL_SIGNAL_FAILED', { ...data, name, failure })
  }

  #promise(promiseId: string): { promiseId: string; name: string } {
    const name = this.promises.get(promiseId) ?? ''
    this.promises.delete(promiseId)
    return { promiseId, name }
  }

  #child(childId: string): { childId: string; executionId: string } {
    const executionId = this.children.get(childId) ?? ''
    this.children.delete(childId)
    return { childId, executionId }
  }

  /** What an operation gave goes into the log at once, as if its report had been alone. */
  get reports(): OperationReports {
    return { report: async (outcome) => this.record(outcome) }
  }

  record({ operationId, name, output, failure }: OperationOutcome): Recorded {
    const from = this.end
    this.operationsOut.delete(operationId)
    if (failure === undefined) this.append('OPERATION_COMPLETED', { operationId, name, result: output ?? null })
    else this.append('OPERATION_FAILED', { operationId, name, failure })
    return { status: 'recorded', from, events: this.events.slice(from), lastSequence: this.end }
  }

  #apply(command: Command, closing: { snapshotSequence: number; activationAt: number; commandsFrom: number }): void {
    switch (command.type) {
      case 'SCHEDULE_TASK': {
        const { taskId, kind, input } = command
        this.openTasks.add(taskId)
        const scheduled = { taskId, kind, queue: 'default', retry, timeouts: {}, priority: 0 }
        return this.append('TASK_SCHEDULED', { ...scheduled, ...(input !== undefined && { input }) })
      }
      case 'CANCEL_TASK':
        if (this.openTasks.delete(command.taskId)) this.append('TASK_CANCELLED', { taskId: command.taskId, attempt: 1 })
        return
      case 'START_TIMER': {
        const { timerId, durationMs = 0 } = command
        this.openTimers.add(timerId)
        return this.append('TIMER_STARTED', { timerId, durationMs, fireAt: this.clock + durationMs })
      }
      case 'CANCEL_TIMER':
        if (this.openTimers.delete(command.timerId)) this.append('TIMER_CANCELLED', { timerId: command.timerId })
        return
      case 'CREATE_PROMISE': {
        const { promiseId, name, timeoutMs } = command
        this.promises.set(promiseId, name)
        this.append('PROMISE_CREATED', { promiseId, name, ...(timeoutMs !== undefined && { timeoutMs }) })
        const kept = this.settlements.get(name)
        this.settlements.delete(name)
        return kept === undefined ? undefined : this.resolve(promiseId, kept)
      }
      case 'START_CHILD_WORKFLOW': {
        const { childId, executionId = childExecutionId('execution-1', 1, childId), kind, input } = command
        this.children.set(childId, executionId)
        const child = {
          childId,
          executionId,
          kind,
          queue: 'default',
          parentClosePolicy: command.parentClosePolicy ?? 'TERMINATE',
        }
        return this.append('CHILD_WORKFLOW_INITIATED', { ...child, ...(input !== undefined && { input }) })
      }
      case 'CANCEL_CHILD_WORKFLOW':
        return this.append('CHILD_WORKFLOW_CANCELLATION_REQUESTED', { childId: command.childId })
      case 'SIGNAL_WORKFLOW':
        this.requests.set(command.requestId, { executionId: command.executionId, name: command.name })
        return
      case 'CANCEL_WORKFLOW_EXECUTION':
        this.requests.set(command.requestId, { executionId: command.executionId })
        return
      case 'SET_STATE':
        return this.append('STATE_SET', { key: command.key, value: command.value })
      case 'CLEAR_STATE':
        return this.append('STATE_CLEARED', { key: command.key })
      case 'SET_ATTRIBUTES':
        return this.append('ATTRIBUTES_SET', { attributes: command.attributes })
      case 'RESOLVE_PROMISE':
        return
      case 'CANCEL_WORKFLOW':
        return this.append('WORKFLOW_CANCELLED', { ...closing, ...(command.reason !== undefined && { reason: command.reason }) })
      case 'COMPLETE_WORKFLOW':
        return this.append('WORKFLOW_COMPLETED', { ...closing, ...(command.output !== undefined && { output: command.output }) })
      case 'FAIL_WORKFLOW':
        return this.append('WORKFLOW_FAILED', { ...closing, failure: command.failure })
    }
  }
}
