/** What each event of the log does to a run of a flow. */
import type { LogEvent } from '../execution/log-event.ts'
import type { FlowDefinition, FlowPin } from './definition.ts'
import { blankMemory } from './memory.ts'
import { type EndedStatus, type FlowState, type Visit, visitKey } from './state.ts'

type EventOf<Type extends LogEvent['type']> = Extract<LogEvent, { type: Type }>

export function beginFlow({ definition: text, ...pin }: FlowPin): FlowState {
  const definition = JSON.parse(text) as FlowDefinition
  return {
    name: pin.name,
    version: pin.version,
    hash: pin.hash,
    definition,
    tasks: new Map(definition.tasks.map((task) => [task.name, task])),
    phase: 'running',
    isSwept: false,
    isWoken: true,
    open: new Map(),
    closed: new Map(),
    visits: new Map(),
    steps: 0,
    ready: [...definition.start],
    arrivals: new Map(),
    taken: new Map(),
    owners: new Map(),
    dirty: new Set(),
    starved: new Set(),
    waiters: new Map(),
    inbox: new Map(),
    published: [],
    closings: 0,
    recorded: new Set(),
    ids: { task: 0, timer: 0, promise: 0, child: 0 },
    memory: blankMemory(),
  }
}

/** `sequence` is that of the event; its effect on the rest of the run is `evolveEvent`'s business. */
export function evolveFlow(flow: FlowState, event: LogEvent): void {
  switch (event.type) {
    case 'FLOW_TASK_STARTED':
      return visitStarted(flow, event)
    case 'FLOW_TASK_CLOSED':
      return visitClosed(flow, event)
    case 'TASK_SCHEDULED':
      flow.ids.task += 1
      return goesOut(flow, event.data.taskId, event.data.flow)
    case 'CHILD_WORKFLOW_INITIATED':
      flow.ids.child += 1
      return goesOut(flow, event.data.childId, event.note?.flow)
    case 'PROMISE_CREATED':
      flow.ids.promise += 1
      return goesOut(flow, event.data.promiseId, event.note?.flow)
    case 'TIMER_STARTED':
      return timerStarted(flow, event)
    case 'TASK_COMPLETED':
      return ends(flow, event.data.taskId, 'succeeded', event.sequence, event.data.attempt)
    case 'TASK_FAILED':
      return ends(flow, event.data.taskId, 'failed', event.sequence, event.data.attempt)
    case 'TASK_TIMED_OUT':
      return ends(flow, event.data.taskId, 'timed_out', event.sequence, event.data.attempt)
    case 'TASK_CANCELLED':
      return ends(flow, event.data.taskId, 'cancelled', event.sequence, event.data.attempt)
    case 'CHILD_WORKFLOW_COMPLETED':
      return ends(flow, event.data.childId, 'succeeded', event.sequence)
    case 'CHILD_WORKFLOW_FAILED':
    case 'CHILD_WORKFLOW_TERMINATED':
      return ends(flow, event.data.childId, 'failed', event.sequence)
    case 'CHILD_WORKFLOW_CANCELLED':
      return ends(flow, event.data.childId, 'cancelled', event.sequence)
    case 'CHILD_WORKFLOW_TIMED_OUT':
      return ends(flow, event.data.childId, 'timed_out', event.sequence)
    case 'PROMISE_RESOLVED':
      return ends(flow, event.data.promiseId, 'succeeded', event.sequence)
    case 'PROMISE_REJECTED':
      return ends(flow, event.data.promiseId, 'failed', event.sequence)
    case 'PROMISE_TIMED_OUT':
      return ends(flow, event.data.promiseId, 'timed_out', event.sequence)
    case 'TIMER_FIRED':
      return ends(flow, event.data.timerId, 'timed_out', event.sequence)
    case 'SIGNAL_RECEIVED': {
      const { name } = event.data
      const waiting = flow.inbox.get(name)
      if (waiting === undefined) flow.inbox.set(name, [event.sequence])
      else waiting.push(event.sequence)
      for (const visit of flow.waiters.get(name) ?? []) wake(flow, visit)
      return
    }
    case 'WORKFLOW_RESUMED':
      flow.isWoken = true
      return
    case 'CANCELLATION_REQUESTED':
      flow.phase = 'cancelling'
      flow.ready = []
      flow.arrivals.clear()
      flow.starved.clear()
      for (const key of flow.open.keys()) flow.dirty.add(key)
      flow.isWoken = true
  }
}

function wake(flow: FlowState, visit: string): void {
  flow.dirty.add(visit)
  flow.isWoken = true
}

function visitStarted(flow: FlowState, { sequence, at, data, note }: EventOf<'FLOW_TASK_STARTED'>): void {
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

interface Place {
  task: string
  visit: number
  index?: number | undefined
  key?: string | undefined
}

function goesOut(flow: FlowState, id: string, place: Place | undefined): void {
  const visit = place && flow.open.get(visitKey(place.task, place.visit))
  if (place === undefined || visit === undefined) return
  const index = visit.items.length
  visit.items.push({ id, status: 'out', attempts: 0, ...(place.key !== undefined && { key: place.key }) })
  visit.counters.out += 1
  flow.owners.set(id, { visit: visit.key, index })
}

function timerStarted(flow: FlowState, { data, note }: EventOf<'TIMER_STARTED'>): void {
  flow.ids.timer += 1
  const visit = note?.flow && flow.open.get(visitKey(note.flow.task, note.flow.visit))
  if (visit === undefined) return
  visit.timerId = data.timerId
  flow.owners.set(data.timerId, { visit: visit.key, index: 0 })
}

/** It ends once, whatever is told of it later (F11, L6). */
function ends(flow: FlowState, id: string, status: EndedStatus, sequence: number, attempts = 1): void {
  const owner = flow.owners.get(id)
  const visit = owner && flow.open.get(owner.visit)
  const item = owner && visit?.items[owner.index]
  if (visit === undefined || item?.status !== 'out') return
  flow.owners.delete(id)
  settle(visit, item, status)
  item.endedBy = sequence
  item.attempts = attempts
  wake(flow, visit.key)
  const [starved] = flow.starved
  if (starved !== undefined) {
    flow.starved.delete(starved)
    wake(flow, starved)
  }
}

function settle(visit: Visit, item: Visit['items'][number], status: EndedStatus): void {
  visit.counters.out -= 1
  visit.counters[status] += 1
  item.status = status
}

function visitClosed(flow: FlowState, { sequence, data, note }: EventOf<'FLOW_TASK_CLOSED'>): void {
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
