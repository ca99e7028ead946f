/** What each event of the log does to the state. */

import { beginFlow, evolveFlow } from '../flow/evolve.ts'
import { FrameShelf } from '../stream/frame-shelf.ts'
import { mergeAttributes } from './attributes.ts'
import { DueList } from './due-list.ts'
import { childAsked, childInitiated, childStarted } from './evolve-child.ts'
import { promiseCreated, promiseSettled } from './evolve-promise.ts'
import { idleLease, lookAgain, stopWaiting, wait } from './leases.ts'
import type { LogEvent } from './log-event.ts'
import { fullRetryPolicy } from './retry-delay.ts'
import type { ExecutionState, RunState, TaskOutcome } from './state.ts'
import { waitedFor } from './waited-for.ts'

type Started = Extract<LogEvent, { type: 'WORKFLOW_STARTED' }>
type Ending = Extract<LogEvent, { type: 'WORKFLOW_SUSPENDED' | 'WORKFLOW_COMPLETED' | 'WORKFLOW_FAILED' | 'WORKFLOW_CANCELLED' }>
type TaskEnding = Extract<LogEvent, { type: 'TASK_COMPLETED' | 'TASK_FAILED' | 'TASK_TIMED_OUT' | 'TASK_CANCELLED' }>

export function evolveEvent(state: ExecutionState, event: LogEvent): void {
  if (event.type === 'WORKFLOW_STARTED') {
    for (const group of state.run?.groups.values() ?? []) {
      if (group.sending || group.told > 0) state.withdrawn.push({ run: event.run - 1, group })
    }
    state.run = beginRun(event)
    state.executionId = event.data.executionId
    if (event.run === 1) state.createdAt = event.at
    return
  }
  const run = state.run
  if (run === undefined) throw new Error(`${event.type} before WORKFLOW_STARTED`)
  if (run.flow !== undefined) evolveFlow(run.flow, event)
  switch (event.type) {
    case 'WORKFLOW_SUSPENDED': {
      const before = run.lastBlockEnd
      endActivation(run, event)
      run.awaits = waitedFor(run.awaits, event.data.awaiting, event.at)
      restoreOperations(run, event, before)
      return
    }
    case 'WORKFLOW_COMPLETED':
      endActivation(run, event)
      run.closed = { status: 'COMPLETED', at: event.at, sequence: event.sequence }
      return
    case 'WORKFLOW_FAILED':
      endActivation(run, event)
      run.closed = { status: 'FAILED', at: event.at, sequence: event.sequence }
      return
    case 'WORKFLOW_CANCELLED':
      endActivation(run, event)
      run.closed = { status: 'CANCELLED', at: event.at, sequence: event.sequence }
      return
    case 'WORKFLOW_TERMINATED':
    case 'WORKFLOW_TIMED_OUT':
      run.closed = {
        status: event.type === 'WORKFLOW_TERMINATED' ? 'TERMINATED' : 'TIMED_OUT',
        at: event.at,
        sequence: event.sequence,
      }
      return
    case 'TASK_SCHEDULED': {
      const { taskId, kind, queue, retry, timeouts, priority } = event.data
      run.tasks.set(taskId, {
        id: taskId,
        sequence: event.sequence,
        kind,
        queue,
        priority,
        retry: fullRetryPolicy(retry),
        timeouts,
        scheduledAt: event.at,
        attempt: 1,
        inputSize: event.payload?.length ?? 0,
        lease: idleLease(event.at, event.at),
      })
      wait(run, taskId, event.at)
      lookAgain(run, taskId)
      return
    }
    case 'TASK_COMPLETED':
      return endTask(run, event, 'COMPLETED', true)
    case 'TASK_FAILED':
      return endTask(run, event, 'FAILED', true)
    case 'TASK_TIMED_OUT':
      return endTask(run, event, 'TIMED_OUT', false)
    case 'TASK_CANCELLED':
      return endTask(run, event, 'CANCELLED', event.note?.startedAt !== undefined)
    case 'TASK_CANCELLATION_REQUESTED': {
      const task = run.tasks.get(event.data.taskId)
      if (task !== undefined) {
        task.cancelRequestedAt = event.at
        lookAgain(run, task.id)
      }
      return
    }
    case 'TIMER_STARTED': {
      const { timerId, fireAt } = event.data
      run.timers.set(timerId, { id: timerId, fireAt, startedAt: event.at })
      run.usedTimers.add(timerId)
      run.due.add(timerId as `timer-${string}`, fireAt)
      return
    }
    case 'TIMER_FIRED':
    case 'TIMER_CANCELLED':
      run.timers.delete(event.data.timerId)
      return
    case 'PROMISE_CREATED':
      return promiseCreated(run, event)
    case 'PROMISE_RESOLVED':
    case 'PROMISE_REJECTED':
    case 'PROMISE_TIMED_OUT':
      return promiseSettled(run, event)
    case 'SIGNAL_RECEIVED':
      run.signals.set(event.data.signalId, event.sequence)
      run.unreadSignals.push(event.sequence)
      return
    case 'STATE_SET':
      run.state.set(event.data.key, event.sequence)
      return
    case 'STATE_CLEARED':
      run.state.delete(event.data.key)
      return
    case 'ATTRIBUTES_SET':
      run.attributes = mergeAttributes(run.attributes, event.data.attributes)
      return
    case 'WORKFLOW_PAUSED':
      run.paused = { at: event.at, ...event.data }
      return
    case 'WORKFLOW_RESUMED':
      delete run.paused
      for (const group of run.groups.values()) group.dirty = true
      return
    case 'CANCELLATION_REQUESTED':
      run.cancellation = {
        at: event.at,
        ...event.data,
        ...(event.note?.request !== undefined && { request: event.note.request }),
      }
      return
    case 'CHILD_WORKFLOW_INITIATED':
      return childInitiated(run, event)
    case 'CHILD_WORKFLOW_STARTED':
      return childStarted(run, event)
    case 'CHILD_WORKFLOW_CANCELLATION_REQUESTED':
      return childAsked(run, event)
    case 'CHILD_WORKFLOW_COMPLETED':
    case 'CHILD_WORKFLOW_FAILED':
    case 'CHILD_WORKFLOW_CANCELLED':
    case 'CHILD_WORKFLOW_TERMINATED':
    case 'CHILD_WORKFLOW_TIMED_OUT':
      run.children.delete(event.data.childId)
      return
    case 'EXTERNAL_SIGNAL_SENT':
    case 'EXTERNAL_SIGNAL_FAILED':
    case 'EXTERNAL_CANCEL_SENT':
    case 'EXTERNAL_CANCEL_FAILED':
      run.usedExternals.add(event.data.requestId)
      return
    case 'OPERATION_COMPLETED':
    case 'OPERATION_FAILED':
      run.doneOperations.add(event.data.operationId)
      run.operations?.names.delete(event.data.operationId)
      if (run.operations?.names.size === 0) delete run.operations
      return
    case 'FLOW_TASK_STARTED':
      return
    case 'FLOW_TASK_CLOSED': {
      const taken = event.note?.signal
      if (taken !== undefined) run.unreadSignals = run.unreadSignals.filter((sequence) => sequence !== taken)
      return
    }
  }
}

function beginRun({ run, at, data, note }: Started): RunState {
  const state: RunState = {
    executionId: data.executionId,
    number: run,
    kind: data.kind,
    queue: data.queue,
    startedAt: at,
    firstActivationAt: at + (data.startAfterMs ?? 0),
    limits: note?.limits ?? { openTasks: 10_000, eventsPerRun: 50_000 },
    attributes: data.attributes ?? {},
    lastSequence: 0,
    lastAt: at,
    logBytes: 0,
    lastWaking: 0,
    snapshotSequence: 0,
    lastActivationAt: 0,
    lastBlockEnd: 0,
    activationsLost: 0,
    rerun: false,
    formerParents: note?.formerParents ?? [],
    doneOperations: new Set(),
    awaits: [],
    tasks: new Map(),
    closedTasks: new Map(),
    timers: new Map(),
    usedTimers: new Set(),
    children: new Map(),
    usedChildren: new Set(),
    usedExternals: new Set(),
    promises: new Map(),
    settledPromises: new Set(),
    settledNames: new Set(),
    keptSettlements: new Map(),
    signals: new Map(),
    unreadSignals: [],
    superseded: 0,
    state: new Map(),
    groups: new Map(),
    due: new DueList(),
    shelf: new FrameShelf(),
  }
  if (data.memo !== undefined) state.memo = JSON.stringify(data.memo)
  if (data.parent !== undefined) state.parent = data.parent
  if (note?.parentStartedAt !== undefined) state.parentStartedAt = note.parentStartedAt
  if (data.headers !== undefined) state.headers = data.headers
  if (note?.bodyHash !== undefined) state.bodyHash = note.bodyHash
  if (data.timeoutMs !== undefined) {
    state.timeoutAt = at + data.timeoutMs
    state.due.add('run', state.timeoutAt)
  }
  if (note?.pin !== undefined) {
    state.flow = beginFlow(note.pin)
    if (state.firstActivationAt > at) state.due.add('run', state.firstActivationAt)
  }
  return state
}

function endActivation(run: RunState, event: Ending): void {
  stopWaiting(run, 'activation')
  delete run.activation
  delete run.problem
  run.rerun = false
  run.superseded = 0
  run.snapshotSequence = event.data.snapshotSequence
  run.unreadSignals = run.unreadSignals.filter((sequence) => sequence > run.snapshotSequence)
  run.lastActivationAt = event.data.activationAt
  run.lastBlockEnd = event.sequence
  if (event.note?.answered !== undefined) run.answered = event.note.answered
}

/** The log names the operations that were out; who has them is found out by asking. */
function restoreOperations(run: RunState, event: Extract<LogEvent, { type: 'WORKFLOW_SUSPENDED' }>, blockEnd: number): void {
  delete run.operations
  const names = new Map<string, { name: string; since: number }>()
  for (const item of event.data.awaiting) {
    if (item.type === 'operation' && item.id !== undefined && !run.doneOperations.has(item.id)) {
      names.set(item.id, { name: item.name ?? '', since: event.at })
    }
  }
  if (names.size === 0) return
  run.operations = {
    id: event.note?.answered?.id ?? 'operations',
    blockEnd,
    names,
    lease: { ...idleLease(event.at, event.at), phase: 'unknown' },
  }
}

function endTask(run: RunState, event: TaskEnding, outcome: TaskOutcome, byWorker: boolean): void {
  const { taskId, attempt } = event.data
  if (run.tasks.has(taskId)) stopWaiting(run, taskId)
  run.tasks.delete(taskId)
  run.shelf.drop(taskId)
  run.closedTasks.set(taskId, { attempt, outcome, byWorker })
}
