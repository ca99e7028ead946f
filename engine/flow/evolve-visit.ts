/** How visits of tasks begin and close, and where the edges that were taken arrive. */
import type { LogEvent } from '../execution/log-event.ts'
import { type EndedStatus, type FlowState, type Visit, visitKey } from './state.ts'

type EventOf<Type extends LogEvent['type']> = Extract<LogEvent, { type: Type }>

/** To be looked at. */
export function wake(flow: FlowState, visit: string): void {
  flow.dirty.add(visit)
  flow.isWoken = true
}

export function settle(visit: Visit, item: Visit['items'][number], status: EndedStatus): void {
  visit.counters.out -= 1
  visit.counters[status] += 1
  item.status = status
}

export function visitStarted(flow: FlowState, { sequence, at, data, note }: EventOf<'FLOW_TASK_STARTED'>): void {
  const { task, visit: number, total = 1 } = data
  const { keys, concurrency, signal, onCancel } = note?.visit ?? {}
  const key = visitKey(task, number)
  const visit: Visit = {
    key,
    task,
    number,
    sequence,
    startedAt: at,
    total,
    items: [],
    counters: { out: 0, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0 },
    ...(concurrency !== undefined && { fan: { concurrency, ...(keys !== undefined && { keys }) } }),
  }
  flow.open.set(key, visit)
  flow.visits.set(task, number)
  flow.steps += 1
  const place = flow.ready.indexOf(task)
  if (place >= 0) flow.ready.splice(place, 1)
  if (onCancel === true) flow.phase = 'on_cancel'
  if (signal !== undefined) {
    visit.signal = signal
    visit.items.push({ id: 'signal', status: 'out', attempts: 0 })
    visit.counters.out = 1
    flow.waiters.set(signal, (flow.waiters.get(signal) ?? new Set()).add(key))
  }
  wake(flow, key)
}

export function visitClosed(flow: FlowState, { sequence, data, note }: EventOf<'FLOW_TASK_CLOSED'>): void {
  const { task, visit: number, outcome, fired } = data
  flow.isWoken = true
  const visit = flow.open.get(visitKey(task, number))
  if (visit !== undefined) closeOpen(flow, visit, note?.signal)
  if (visit !== undefined) flow.closed.set(task, { ...visit, outcome, closedBy: sequence })
  flow.closings += 1
  if (note?.publishes === true) flow.published.push(sequence)
  const isFailure = outcome !== 'succeeded' && outcome !== 'skipped' && fired.length === 0
  if (outcome === 'unreachable' || outcome === 'skipped') {
    flow.arrivals.delete(task)
    flow.recorded.add(task)
  }
  if (isFailure && flow.phase !== 'cancelling') {
    flow.unhandled ??= {
      task,
      outcome,
      ...(data.failure !== undefined && { message: data.failure.message }),
      ...(note?.cause !== undefined && { cause: note.cause }),
    }
  }
  for (const { edge, do: targets } of fired) {
    flow.taken.set(task, (flow.taken.get(task) ?? new Set()).add(edge))
    for (const target of targets) arrive(flow, task, target)
  }
}

function closeOpen(flow: FlowState, visit: Visit, signal: number | undefined): void {
  flow.open.delete(visit.key)
  flow.dirty.delete(visit.key)
  flow.starved.delete(visit.key)
  flow.memory.lists.delete(visit.key)
  if (visit.timerId !== undefined) flow.owners.delete(visit.timerId)
  if (visit.signal !== undefined) {
    flow.waiters.get(visit.signal)?.delete(visit.key)
    if (signal !== undefined) takeSignal(flow, visit, visit.signal, signal)
  }
  // A wait that a cancellation ends, or that could not begin.
  for (const item of visit.items) {
    if (item.status !== 'out') continue
    flow.owners.delete(item.id)
    settle(visit, item, 'cancelled')
  }
}

/** An answer that came in time counts, also where the timer has fired since. */
function takeSignal(flow: FlowState, visit: Visit, name: string, signal: number): void {
  const left = (flow.inbox.get(name) ?? []).filter((sequence) => sequence !== signal)
  if (left.length === 0) flow.inbox.delete(name)
  else flow.inbox.set(name, left)
  const [item] = visit.items
  if (item === undefined) return
  visit.counters[item.status] -= 1
  visit.counters.succeeded += 1
  item.status = 'succeeded'
  item.endedBy = signal
  item.attempts = 1
}

/** Each arrival is a visit, but where a join counts sources: it takes one arrival of each when it has enough (F5). */
function arrive(flow: FlowState, source: string, target: string): void {
  const join = flow.tasks.get(target)?.join
  if (join === undefined) {
    flow.ready.push(target)
    return
  }
  const from = flow.arrivals.get(target) ?? new Map<string, number>()
  flow.arrivals.set(target, from)
  from.set(source, (from.get(source) ?? 0) + 1)
  if (from.size < join.need) return
  for (const [each, count] of from) {
    if (count === 1) from.delete(each)
    else from.set(each, count - 1)
  }
  if (from.size === 0) flow.arrivals.delete(target)
  flow.ready.push(target)
}
