/** A log that grows as the service's does: commands in, events out. Time is a counter. */
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

export class Log {
  readonly events: HistoryEvent[] = []
  readonly openTasks = new Set<string>()
  readonly openTimers = new Set<string>()
  readonly operationsOut = new Set<string>()
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

  get isClosed(): boolean {
    return this.events.some(({ type }) => type === 'WORKFLOW_COMPLETED' || type === 'WORKFLOW_FAILED')
  }

  append<Type extends EventType>(type: Type, data: EventOf<Type>['data']): void {
    this.clock += 1
    this.events.push({ sequence: this.end + 1, type, at: this.clock, data } as HistoryEvent)
  }

  /** The answer of an activation becomes its block; an idle one leaves nothing. */
  take(answer: ActivationAnswer): void {
    const { snapshotSequence, activationAt, commands, observed, operationsOut } = answer
    const isSame =
      operationsOut.length === this.operationsOut.size &&
      operationsOut.every(({ operationId }) => this.operationsOut.has(operationId))
    if (commands.length === 0 && !observed && isSame) return
    const closing = { snapshotSequence, activationAt, commandsFrom: this.end + 1 }
    this.operationsOut.clear()
    for (const { operationId } of operationsOut) this.operationsOut.add(operationId)
    for (const command of commands) this.#apply(command, closing)
    if (!this.isClosed) this.append('WORKFLOW_SUSPENDED', { ...closing, awaiting: [] })
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
      case 'COMPLETE_WORKFLOW':
        return this.append('WORKFLOW_COMPLETED', { ...closing, ...(command.output !== undefined && { output: command.output }) })
      case 'FAIL_WORKFLOW':
        return this.append('WORKFLOW_FAILED', { ...closing, failure: command.failure })
    }
  }
}
