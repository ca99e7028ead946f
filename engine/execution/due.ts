/** What the clock brings: timers fire, attempts time out, leases end, holders are asked. */

import { cancelledTask, loseTask, timeOutTask } from './attempts.ts'
import { timeOutRun } from './closing.ts'
import { activationLeaseMs, signBefore, taskDeadlines, workLeaseEnd } from './deadlines.ts'
import type { Draft } from './draft.ts'
import type { Subject } from './due-list.ts'
import { askAbout, type Question } from './holders.ts'
import { isWaiting, lookAgain } from './leases.ts'
import { hasUntoldWork } from './offering.ts'
import { timeOutPromise } from './promises.ts'
import type { ExecutionState, OpenTask, RunState } from './state.ts'
import { loseActivation } from './taking-back.ts'

/** Unfinished business is looked at again after this at the latest (L8). */
const dutyMs = 5_000

/** Takes everything that is due, and returns what the queues must be asked. */
export function takeDue(draft: Draft): Question[] {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined) return []
  const questions: Question[] = []
  for (let subject = run.due.take(draft.now); subject !== undefined; subject = run.due.take(draft.now)) {
    const question = takeSubject(draft, run, subject)
    if (question !== undefined) questions.push(question)
    if (isClosed(run)) break
  }
  return questions
}

const isClosed = (run: RunState): boolean => run.closed !== undefined

/** When the execution must be awake at the latest. Epoch ms, or undefined: nothing to do. */
export function nextDutyAt(state: ExecutionState, now: number): number | undefined {
  const { run } = state
  const times: number[] = []
  const outbox = state.outbox.dueAt
  if (outbox !== undefined) times.push(Math.max(outbox, now + 1_000))
  if (state.withdrawn.length > 0) times.push(now + dutyMs)
  if (run !== undefined && hasUntoldWork(run)) times.push(now + dutyMs)
  if (run !== undefined && run.closed === undefined && run.due.at !== undefined) times.push(run.due.at)
  return times.length === 0 ? undefined : Math.min(...times)
}

function takeSubject(draft: Draft, run: RunState, subject: Subject): Question | undefined {
  if (subject === 'run') {
    if (run.timeoutAt === undefined) return undefined
    if (run.timeoutAt <= draft.now) timeOutRun(draft)
    else run.due.add('run', run.timeoutAt)
    return undefined
  }
  if (subject === 'activation' || subject === 'operations') return takeActivation(draft, run, subject)
  if (subject.startsWith('timer-')) {
    const timer = run.timers.get(subject)
    if (timer === undefined) return undefined
    if (timer.fireAt > draft.now) run.due.add(subject, timer.fireAt)
    else draft.append('TIMER_FIRED', { timerId: timer.id })
    return undefined
  }
  if (subject.startsWith('promise-')) {
    const promise = run.promises.get(subject)
    if (promise?.dueAt === undefined) return undefined
    if (promise.dueAt > draft.now) run.due.add(subject, promise.dueAt)
    else timeOutPromise(draft, promise)
    return undefined
  }
  const task = run.tasks.get(subject)
  return task === undefined ? undefined : takeTask(draft, run, task)
}

function takeTask(draft: Draft, run: RunState, task: OpenTask): Question | undefined {
  const { now } = draft
  const at = taskDeadlines(task)
  const isDue = (time: number | undefined): boolean => time !== undefined && time <= now
  let question: Question | undefined
  if (isDue(at.scheduleToClose)) timeOutTask(draft, task, 'SCHEDULE_TO_CLOSE')
  else if (isDue(at.scheduleToStart)) timeOutTask(draft, task, 'SCHEDULE_TO_START')
  else if (isDue(at.cancelGrace)) cancelledTask(draft, task)
  else if (isDue(at.startToClose)) timeOutTask(draft, task, 'START_TO_CLOSE')
  else if (isDue(at.heartbeat)) timeOutTask(draft, task, 'HEARTBEAT')
  else if (isDue(at.leaseEnd)) loseTask(draft, task)
  else if (isDue(at.ask)) question = askAbout(draft, task.id)
  else if (task.lease.phase === 'ready' && task.lease.dueAt <= now && !isWaiting(run, task.id))
    draft.mark({ type: 'ready', id: task.id, at: now })
  if (run.tasks.has(task.id) && run.closed === undefined) lookAgain(run, task.id)
  return question
}

function takeActivation(draft: Draft, run: RunState, subject: 'activation' | 'operations'): Question | undefined {
  const open = subject === 'activation' ? run.activation : run.operations
  if (open === undefined) return undefined
  const { lease } = open
  const parked = run.problem?.parked
  if (parked !== undefined && parked.until <= draft.now) draft.mark({ type: 'unparked' })
  let question: Question | undefined
  const leaseEnd = workLeaseEnd(lease)
  if (leaseEnd !== undefined && leaseEnd <= draft.now) loseActivation(draft, run)
  else if (lease.askAt !== undefined && lease.askAt <= draft.now) question = askAbout(draft, subject)
  else if (lease.phase === 'ready' && lease.dueAt <= draft.now && subject === 'activation' && !isWaiting(run, 'activation')) {
    draft.mark({ type: 'ready', id: 'activation', at: draft.now })
  }
  lookAgain(run, subject)
  return question
}

/** A machine whose clock was ahead by so much may have given out what is not due yet. */
const clocksDifferMs = 60_000

/**
 * After a restart nothing is known of work under way but the holds on disk: whatever could be out is asked for before it
 * is given to anybody.
 */
export function awaken(state: ExecutionState, now: number): void {
  const { run } = state
  if (run === undefined) return
  if (run.closed !== undefined) {
    // Its queues may not have heard that nothing of it waits any more.
    for (const group of run.groups.values()) group.told = group.waiting.size
    return
  }
  // First: what seems to wait has no deadline, and a clock that went back leaves work of the last life ahead of its time.
  run.groups.clear()
  for (const task of run.tasks.values()) {
    const { lease } = task
    if (lease.phase === 'ready' && lease.dueAt <= now) lease.phase = 'unknown'
    if (lease.phase !== 'ready' && lease.handedOver !== true) lease.askAt = now
    if (lease.held) lease.renewedAt = signBefore(lease, task.timeouts.heartbeatMs, now)
    lookAgain(run, task.id)
  }
  const { activation, operations } = run
  if (activation !== undefined) {
    if (activation.lease.phase === 'ready' && activation.lease.dueAt <= now + clocksDifferMs) activation.lease.phase = 'unknown'
    if (activation.lease.phase !== 'ready') activation.lease.askAt = now
    if (activation.lease.held) activation.lease.renewedAt = signBefore(activation.lease, activationLeaseMs, now)
    lookAgain(run, 'activation')
  }
  if (operations !== undefined) {
    operations.lease.askAt = now
    if (operations.lease.held) operations.lease.renewedAt = signBefore(operations.lease, activationLeaseMs, now)
    lookAgain(run, 'operations')
  }
}
