/** What workers say of tasks, operations and activations that they hold. */
import { type Answer, accepted, refused } from '../answer.ts'
import type { Holder } from '../lease.ts'
import { answerActivation, staleness, type Taken } from './activation-answer.ts'
import { completeTask, failTask } from './attempts.ts'
import type { CheckedReport } from './commands.ts'
import { activationLeaseMs, mustNoteSign } from './deadlines.ts'
import type { Draft } from './draft.ts'
import { leaseOf } from './leases.ts'
import { misfitOf } from './problem.ts'
import { closedRefusal, staleRefusal, unknownExecution } from './refusals.ts'
import { fullRetryPolicy, retryDelayMs } from './retry-delay.ts'
import type { Lease, OpenTask, RunState } from './state.ts'
import { showTaskFrames } from './task-frames.ts'

export type Reported = Taken & { cancelRequested?: boolean }

type ReportOf<Type extends CheckedReport['type']> = Extract<CheckedReport, { type: Type }>

/** `holder`: the session that speaks, if it has a socket. */
export function report(draft: Draft, said: CheckedReport, holder: Holder | undefined): Answer<Reported> {
  const { run } = draft.state
  if (run === undefined) return unknownExecution(draft.state)
  if (said.run !== 0 && said.run !== run.number) {
    return said.run > run.number
      ? refused('not_found', `execution ${run.executionId} has no run ${said.run}`)
      : refused('already_closed', `run ${said.run} of execution ${run.executionId} is closed`)
  }
  switch (said.type) {
    case 'task':
      return reportTask(draft, run, said)
    case 'operation':
      return reportOperation(draft, run, said)
    case 'heartbeat':
      return heartbeat(draft, run, said, holder)
    case 'frames':
      return showTaskFrames(draft, run, said)
    case 'activation':
      return answerActivation(draft, said, holder)
    case 'activation-failed':
      return failActivation(draft, run, said)
  }
}

function reportTask(draft: Draft, run: RunState, said: ReportOf<'task'>): Answer<Taken> {
  const closed = run.closedTasks.get(said.id)
  if (closed !== undefined) {
    const sameOutcome = closed.outcome === (said.failure === undefined ? 'COMPLETED' : 'FAILED') || closed.outcome === 'CANCELLED'
    if (closed.byWorker && closed.attempt === said.attempt && sameOutcome) return accepted({ duplicate: true })
    return staleRefusal(said.id)
  }
  const task = run.tasks.get(said.id)
  if (task === undefined) return said.attempt === 0 ? staleRefusal(said.id) : refused('not_found', `there is no ${said.id}`)
  if (task.attempt !== said.attempt) return staleRefusal(said.id)
  if (run.closed !== undefined) return closedRefusal(run)
  if (said.failure === undefined) completeTask(draft, task, said.output)
  else failTask(draft, task, said.failure)
  return accepted({})
}

function reportOperation(draft: Draft, run: RunState, said: ReportOf<'operation'>): Answer<Taken> {
  if (said.attempt > 0 && run.doneOperations.has(said.id)) return accepted({ duplicate: true })
  if (said.attempt !== run.activationsLost + 1) return staleRefusal(said.id)
  if (run.closed !== undefined) return closedRefusal(run)
  if (run.activation === undefined && !run.operations?.names.has(said.id)) return staleRefusal(said.id)
  const { operations } = run
  if (operations?.names.size === 1 && operations.names.has(said.id)) draft.endHold(operations.id, said.attempt, operations.lease)
  const data = { operationId: said.id, name: said.name }
  if (said.failure === undefined) draft.append('OPERATION_COMPLETED', data, { payload: said.output })
  else draft.append('OPERATION_FAILED', data, { payload: said.failure.text })
  return accepted({})
}

/** Still at it. Details are kept on disk, for the attempt that may have to follow. */
function heartbeat(draft: Draft, run: RunState, said: ReportOf<'heartbeat'>, speaker: Holder | undefined): Answer<Reported> {
  const task = run.tasks.get(said.id)
  const isOpenAttempt = said.id.startsWith('task-') ? task?.attempt === said.attempt : said.attempt === run.activationsLost + 1
  if (!isOpenAttempt) return staleRefusal(said.id)
  if (run.closed !== undefined) return closedRefusal(run)
  const lease = leaseOf(run, said.id)
  if (lease === undefined) return staleRefusal(said.id)
  // It has the work, even if the queue has not said so yet.
  if (lease.phase !== 'out' && speaker !== undefined && task !== undefined)
    draft.mark({ type: 'handed-out', id: task.id, at: draft.now, holder: { ...speaker, queue: task.queue } })
  draft.mark({ type: 'renewed', id: said.id, at: draft.now })
  if (task !== undefined) noteBeat(draft, task, said)
  else if (mustNoteSign(lease, activationLeaseMs, draft.now)) noteSign(draft, said, lease)
  return accepted({ cancelRequested: task?.cancelRequestedAt !== undefined })
}

/** That it is alive; it has nothing to say. */
function noteSign(draft: Draft, said: ReportOf<'heartbeat'>, lease: Lease): void {
  const { operations, number: run } = draft.run
  const { holder, startedAt = draft.now } = lease
  const id = operations !== undefined && operations.lease === lease ? operations.id : said.id
  draft.record({ type: 'held', run, id, attempt: said.attempt, holder, startedAt, renewedAt: draft.now })
}

function noteBeat(draft: Draft, task: OpenTask, { details, handedOver }: ReportOf<'heartbeat'>): void {
  const { lease, id, attempt } = task
  const isHandedOver = handedOver === true || lease.handedOver === true
  const isFirst = handedOver === true && lease.handedOver !== true
  const isNews = details !== undefined || isFirst || mustNoteSign(lease, task.timeouts.heartbeatMs, draft.now)
  if (!isNews || (lease.holder === undefined && !isHandedOver)) return
  if (isHandedOver) draft.giveUp(id, attempt, lease)
  draft.record({
    type: 'held',
    run: draft.run.number,
    id,
    attempt,
    holder: isHandedOver ? undefined : lease.holder,
    startedAt: lease.startedAt ?? draft.now,
    renewedAt: draft.now,
    ...(details !== undefined && { heartbeat: details }),
  })
}

/** The code could not be advanced: shown as the run's problem, and tried again with back-off, by other code at once. */
function failActivation(draft: Draft, run: RunState, said: ReportOf<'activation-failed'>): Answer<Taken> {
  const stale = staleness(run, said)
  if (stale !== undefined) return stale
  const { activation, operations } = run
  if (activation !== undefined) draft.endHold(said.id, said.attempt, activation.lease)
  // Side effects that it left running bear its token, which is void now: they run again.
  if (operations !== undefined) draft.endHold(operations.id, said.attempt, operations.lease)
  const failures = (run.problem?.attempts ?? 0) + 1
  const isOfCode = said.determinism !== undefined || said.failure.type === 'DETERMINISM'
  const misfit = isOfCode ? misfitOf(activation?.lease.holder, said) : undefined
  const policy = said.determinism === undefined ? activationRetry : determinismRetry
  draft.record({
    type: 'attempt-ended',
    run: run.number,
    work: 'activation',
    attempt: said.attempt,
    after: run.lastSequence,
    outcome: 'FAILED',
    endedAt: draft.now,
    nextAt: draft.now + retryDelayMs(policy, failures, `${draft.state.executionId}/${run.number}/activation/${said.attempt}`),
    failure: said.failure.text,
    ...(said.determinism !== undefined && { determinism: said.determinism }),
    ...(misfit !== undefined && { misfit }),
  })
  return accepted({})
}

const activationRetry = fullRetryPolicy({ initialIntervalMs: 1_000, maximumIntervalMs: 60_000, maximumAttempts: 0 })
/** Waits for other code: every 1 to 10 minutes. */
const determinismRetry = fullRetryPolicy({ initialIntervalMs: 60_000, maximumIntervalMs: 600_000, maximumAttempts: 0 })
