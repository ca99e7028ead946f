/** How a queue and its workers are shown. */
import type { QueueSummary, WorkerSummary } from '../../schemas/queues.ts'
import type { WorkType } from '../lease.ts'
import { canTake, isPresent } from './session.ts'
import type { QueueState } from './state.ts'

export function summarize(state: QueueState): QueueSummary {
  const backlog = new Map<string, { kind: string; count: number; oldestAt: number }>()
  for (const { kind, count, since } of state.backlog.offers()) {
    const entry = backlog.get(kind)
    if (entry === undefined) backlog.set(kind, { kind, count, oldestAt: since })
    else backlog.set(kind, { kind, count: entry.count + count, oldestAt: Math.min(entry.oldestAt, since) })
  }
  const workers = new Set<string>()
  for (const session of state.sessions.values()) if (isPresent(session)) workers.add(session.workerId)
  return { queue: state.address.queue, backlog: [...backlog.values()], workers: workers.size }
}

export function listWorkers(state: QueueState): WorkerSummary[] {
  return [...state.sessions.values()].filter(isPresent).map((session) => ({
    workerId: session.workerId,
    session: session.session,
    ...state.address,
    ...(session.build !== undefined && { build: session.build }),
    workflows: [...session.workflows],
    tasks: [...session.tasks],
    slots: session.slots,
    free: session.credits,
    held: state.holdings.of(session.session).map(({ executionId, run, id }) => ({ executionId, run, id })),
  }))
}

/** Kinds of work that wait here and that no worker announced. One whose socket was closed may come back: it counts. */
export function unservedKinds(state: QueueState): { type: WorkType; kind: string }[] {
  const kinds = new Map<string, { type: WorkType; kind: string }>()
  for (const { type, kind } of state.backlog.lanes()) {
    const isServed = [...state.sessions.values()].some((session) => canTake(session, { type, kind }))
    if (!isServed) kinds.set(`${type} ${kind}`, { type, kind })
  }
  return [...kinds.values()]
}
