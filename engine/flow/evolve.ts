/** What each event of the log does to a run of a flow. */
import type { LogEvent } from '../execution/log-event.ts'
import type { FlowDefinition, FlowPin } from './definition.ts'
import { settle, visitClosed, visitStarted, wake } from './evolve-visit.ts'
import { blankMemory } from './memory.ts'
import { type EndedStatus, type FlowState, visitKey } from './state.ts'

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
  // There is room for others, also where its own visit has closed without it.
  if (flow.starved.size > 0) flow.isWoken = true
  const owner = flow.owners.get(id)
  const visit = owner && flow.open.get(owner.visit)
  const item = owner && visit?.items[owner.index]
  if (visit === undefined || item?.status !== 'out') return
  flow.owners.delete(id)
  settle(visit, item, status)
  item.endedBy = sequence
  item.attempts = attempts
  wake(flow, visit.key)
}
