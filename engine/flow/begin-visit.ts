/** A visit of a task begins: its list, keys and limit are worked out once, and written down. */
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import { applyCommand } from '../execution/command-list.ts'
import type { Draft } from '../execution/draft.ts'
import type { EventNote } from '../execution/log-event.ts'
import { PayloadText } from '../intake/payload-text.ts'
import { closeVisit } from './close-visit.ts'
import type { FlowItems, FlowTask } from './definition.ts'
import { failRun } from './finish.ts'
import { scopeOf } from './reading.ts'
import { type FlowState, visitKey } from './state.ts'
import { render } from './template.ts'

export function beginVisit(draft: Draft, flow: FlowState, name: string, onCancel = false): void {
  const task = flow.tasks.get(name)
  if (task === undefined) throw new Error(`the flow has no task ${name}`)
  const { maxSteps } = flow.definition
  if (flow.steps >= maxSteps) {
    return failRun(draft, {
      type: 'FLOW_STEPS',
      message: `${name} would be visit ${flow.steps + 1}; a run has at most ${maxSteps}`,
    })
  }
  const { eventsPerRun } = draft.run.limits
  if (draft.run.lastSequence >= eventsPerRun) {
    return failRun(draft, { type: 'FLOW_EVENTS', message: `the run has reached its limit of ${eventsPerRun} events` })
  }
  const visit = (flow.visits.get(name) ?? 0) + 1
  const more = onCancel ? { onCancel: true as const } : {}
  const begun = begin(draft, flow, task, visit, more)
  if (begun.ok) return
  // Nothing of it has begun: it is a visit that fails at once.
  draft.append('FLOW_TASK_STARTED', { task: name, visit }, { note: { visit: more } })
  const open = flow.open.get(visitKey(name, visit))
  if (open !== undefined) closeVisit(draft, flow, open, { failure: { type: 'EXPRESSION', message: begun.refusal.message } })
}

/** Refused, it has written nothing. */
function begin(
  draft: Draft,
  flow: FlowState,
  task: FlowTask,
  visit: number,
  more: NonNullable<EventNote['visit']>,
): Answer<unknown> {
  const { name, action, items } = task
  if (items !== undefined) return beginItems(draft, flow, task, items, visit, more)
  if (action.type !== 'wait') return accepted(draft.append('FLOW_TASK_STARTED', { task: name, visit }, { note: { visit: more } }))
  const awaited = render(action.name, scopeOf(draft, flow))
  if (!awaited.ok) return awaited
  if (typeof awaited.value !== 'string' || awaited.value.length < 1 || awaited.value.length > limits.nameCharacters)
    return refused('invalid_request', `wait_for: a name of 1 to ${limits.nameCharacters} characters is needed`)
  const isSignal = action.on === 'signal'
  const { timeoutMs } = action
  const place = { task: name, visit }
  draft.append('FLOW_TASK_STARTED', place, { note: { visit: { ...more, ...(isSignal && { signal: awaited.value }) } } })
  if (!isSignal) {
    const promiseId = `promise-${flow.ids.promise + 1}`
    const timed = timeoutMs === undefined ? {} : { timeoutMs }
    applyCommand(draft, { type: 'CREATE_PROMISE', promiseId, name: awaited.value, ...timed, flow: place })
  } else if (timeoutMs !== undefined && !flow.inbox.has(awaited.value)) {
    applyCommand(draft, { type: 'START_TIMER', timerId: `timer-${flow.ids.timer + 1}`, durationMs: timeoutMs, flow: place })
  }
  return accepted(null)
}

function beginItems(
  draft: Draft,
  flow: FlowState,
  { name }: FlowTask,
  items: FlowItems,
  visit: number,
  more: NonNullable<EventNote['visit']>,
): Answer<unknown> {
  const scope = scopeOf(draft, flow)
  const list = render(items.in, scope)
  if (!list.ok) return list
  if (!Array.isArray(list.value)) return refused('invalid_request', `with_items: a list is needed, not ${kindOf(list.value)}`)
  const concurrency = render(items.concurrency, scope)
  if (!concurrency.ok) return concurrency
  const limit = concurrency.value
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0)
    return refused('invalid_request', `concurrency: a whole number from 0 is needed, not ${JSON.stringify(limit)}`)
  const batches = items.batchSize > 1 ? inBatches(list.value, items.batchSize) : list.value
  const keys = keysOf(draft, flow, items, batches)
  if (!keys.ok) return keys
  const texts = new PayloadText(limits.payloadBytes)
  const payload = texts.of(batches, 'with_items')
  if (texts.refusal !== null) return { ok: false, refusal: texts.refusal }
  const note: EventNote = { visit: { ...more, concurrency: limit, ...(keys.value !== undefined && { keys: keys.value }) } }
  draft.append('FLOW_TASK_STARTED', { task: name, visit, total: batches.length }, { payload, note })
  flow.memory.lists.set(visitKey(name, visit), batches)
  return accepted(null)
}

const kindOf = (value: Json): string => (value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`)

function inBatches(list: Json[], size: number): Json[][] {
  const batches: Json[][] = []
  for (let from = 0; from < list.length; from += size) batches.push(list.slice(from, from + size))
  return batches
}

function keysOf(draft: Draft, flow: FlowState, items: FlowItems, list: Json[]): Answer<string[] | undefined> {
  if (items.key === undefined) return accepted(undefined)
  const keys = new Set<string>()
  for (const [index, item] of list.entries()) {
    const key = render(items.key, scopeOf(draft, flow, { values: itemValues(items, item, index) }))
    if (!key.ok) return key
    if (typeof key.value !== 'string' && typeof key.value !== 'number')
      return refused('invalid_request', `key: item ${index} has ${kindOf(key.value)}, a string or number is needed`)
    const text = String(key.value)
    if (keys.has(text)) return refused('invalid_request', `key: item ${index} has key ${text}, as another has`)
    keys.add(text)
  }
  return accepted([...keys])
}

export const itemValues = ({ as }: FlowItems, item: Json, index: number): Record<string, Json> => ({ item, [as]: item, index })
