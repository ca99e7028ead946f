/** An execution as it is shown: its status, its axes, and each thing that it waits for with the reason. */
import type { DescribedAwaiting, RunProblem } from '../../schemas/executions.ts'
import type { ExecutionStatus, TaskStatus } from '../../schemas/statuses.ts'
import { waitsOf } from '../flow/waits.ts'
import { isUnserved, type UnservedKind } from '../unserved.ts'
import type { OpenTask, RunState } from './state.ts'

export function activationAxis(run: RunState): 'none' | 'queued' | 'out' {
  if (run.closed !== undefined || run.activation === undefined) return 'none'
  return run.activation.lease.phase === 'out' ? 'out' : 'queued'
}

/** The first that applies of: closed, PAUSED, CANCELLING, RUNNING, PENDING, WAITING. */
export function statusOf(run: RunState): ExecutionStatus {
  if (run.closed !== undefined) return run.closed.status
  if (run.paused !== undefined) return 'PAUSED'
  if (run.cancellation !== undefined) return 'CANCELLING'
  const axis = activationAxis(run)
  if (axis === 'out') return 'RUNNING'
  return axis === 'queued' ? 'PENDING' : 'WAITING'
}

export function taskStatusOf(task: OpenTask, now: number): TaskStatus {
  if (task.lease.phase === 'out') return 'RUNNING'
  return task.attempt > 1 && task.lease.dueAt > now ? 'RETRYING' : 'SCHEDULED'
}

/** `unserved`: what its queues say of the work that waits, if they were asked. */
export function awaitingOf(run: RunState, now: number, unserved: readonly UnservedKind[] = []): DescribedAwaiting[] {
  if (run.closed !== undefined) return []
  const items: DescribedAwaiting[] = []
  for (const task of run.tasks.values()) {
    items.push({
      type: 'task',
      id: task.id,
      kind: task.kind,
      since: task.scheduledAt,
      ...dueOf(task, now),
      why: taskWhy(run, task, now, unserved),
    })
  }
  for (const timer of run.timers.values()) items.push({ type: 'timer', id: timer.id, since: timer.startedAt, due: timer.fireAt })
  for (const { id, name, createdAt, dueAt } of run.promises.values()) {
    items.push({ type: 'promise', id, name, since: createdAt, ...(dueAt !== undefined && { due: dueAt }) })
  }
  for (const { id, kind, executionId, initiatedAt, started } of run.children.values()) {
    const why = started ? `execution ${executionId} is open` : `execution ${executionId} is being started`
    items.push({ type: 'child', id, kind, since: initiatedAt, why })
  }
  for (const [id, { name, since }] of run.operations?.names ?? []) {
    items.push({ type: 'operation', id, name, since, why: 'a worker runs it' })
  }
  for (const item of run.awaits) items.push({ ...item })
  if (run.flow !== undefined) items.push(...waitsOf(run.flow))
  return items
}

const dueOf = (task: OpenTask, now: number): { due?: number } => (task.lease.dueAt > now ? { due: task.lease.dueAt } : {})

function taskWhy(run: RunState, task: OpenTask, now: number, unserved: readonly UnservedKind[]): string {
  switch (task.lease.phase) {
    case 'out':
      if (task.lease.handedOver) return `attempt ${task.attempt} was handed over: whoever has its token completes it`
      return `attempt ${task.attempt} is with a worker`
    case 'unknown':
      return `attempt ${task.attempt}: asking who has it`
    case 'ready':
    case 'offering':
      if (run.paused !== undefined) return `attempt ${task.attempt} begins once the execution is resumed`
      if (task.lease.dueAt > now) return `attempt ${task.attempt} begins after back-off`
      return isUnserved(unserved, { queue: task.queue, type: 'task', kind: task.kind })
        ? `attempt ${task.attempt} waits: no worker of queue ${task.queue} has kind ${task.kind}`
        : `attempt ${task.attempt} waits for a worker of queue ${task.queue} with kind ${task.kind}`
  }
}

/** An activation that waits for a kind of worker that is not there; shown as the run's problem. */
export function noWorkerProblem(run: RunState, now: number, unserved: readonly UnservedKind[]): RunProblem | undefined {
  const { activation, kind, queue } = run
  if (run.closed !== undefined || run.paused !== undefined || activation === undefined) return undefined
  const { phase, since, dueAt } = activation.lease
  const waitsSince = Math.max(since, dueAt)
  const waits = phase === 'ready' && waitsSince + noWorkerAfterMs <= now
  if (!waits || !isUnserved(unserved, { queue, type: 'activation', kind })) return undefined
  return { type: 'NO_WORKER', message: `no worker of queue ${queue} has kind ${kind}`, since: waitsSince, attempts: 0 }
}

/** Workers that reconnect are there again by then. */
const noWorkerAfterMs = 5_000
