/** What a flow's expressions read, brought from the log: each value is read once and kept while it is needed. */
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted } from '../answer.ts'
import type { Draft } from '../execution/draft.ts'
import type { Scope } from './scope.ts'
import { type ClosedVisit, type FlowState, failuresIn, parkedIn, type Visit } from './state.ts'
import { render } from './template.ts'

const parsed = (text: string | undefined): Json => (text === undefined ? null : (JSON.parse(text) as Json))

export function inputOf(draft: Draft, flow: FlowState): Json {
  flow.memory.input ??= { value: parsed(draft.payload(1)) }
  return flow.memory.input.value
}

/** The first values of `vars`, as the definition has them. */
export function firstVars(draft: Draft, flow: FlowState): Answer<Record<string, Json>> {
  const values: Record<string, Json> = {}
  const scope: Scope = { values: { input: inputOf(draft, flow), execution: executionOf(draft, flow) } }
  for (const [name, template] of Object.entries(flow.definition.vars)) {
    const answer = render(template, scope)
    if (!answer.ok) return answer
    values[name] = answer.value
  }
  return accepted(values)
}

/** With all that was published since. */
export function varsOf(draft: Draft, flow: FlowState): Record<string, Json> {
  const { memory, published } = flow
  if (memory.vars === undefined) {
    const first = firstVars(draft, flow)
    memory.vars = { values: first.ok ? first.value : {}, through: 0 }
  }
  for (; memory.vars.through < published.length; memory.vars.through += 1) {
    const sequence = published[memory.vars.through] ?? 0
    memory.vars.values = { ...memory.vars.values, ...(parsed(draft.payload(sequence)) as Record<string, Json>) }
  }
  return memory.vars.values
}

/** The list of a visit with items. */
export function listOf(draft: Draft, flow: FlowState, visit: Visit): Json[] {
  const known = flow.memory.lists.get(visit.key)
  if (known !== undefined) return known
  const list = parsed(draft.payload(visit.sequence)) as Json[]
  flow.memory.lists.set(visit.key, list)
  return list
}

const executionOf = (draft: Draft, { name, version }: FlowState) => ({
  id: draft.state.executionId,
  run: draft.run.number,
  flow: name,
  version,
})

export function scopeOf(draft: Draft, flow: FlowState, more: Partial<Scope> = {}): Scope {
  const values = {
    input: inputOf(draft, flow),
    vars: varsOf(draft, flow),
    tasks: tasksOf(draft, flow),
    execution: executionOf(draft, flow),
    ...more.values,
  }
  return { ...more, values }
}

/** The output of a visit's work; of one with items all of them, in index order (S9). */
export function resultOf(draft: Draft, visit: Visit): Json {
  if (visit.fan !== undefined) return Array.from({ length: visit.total }, (_, index) => outputOf(draft, visit, index))
  return outputOf(draft, visit, 0)
}

function outputOf(draft: Draft, visit: Visit, index: number): Json {
  const item = visit.items[index]
  return item?.status === 'succeeded' && item.endedBy !== undefined ? parsed(draft.payload(item.endedBy)) : null
}

export const countersOf = (visit: Visit) => ({
  succeeded: visit.counters.succeeded,
  failed: failuresIn(visit),
  skipped: parkedIn(visit),
  total: visit.total,
})

function tasksOf(draft: Draft, flow: FlowState): Record<string, unknown> {
  const { memory } = flow
  // The draft of a turn is gone after it, and with it what its getters read from.
  if (memory.tasks === undefined || memory.tasks.closings !== flow.closings || memory.tasks.draft !== draft) {
    const view: Record<string, unknown> = {}
    for (const name of flow.tasks.keys()) view[name] = taskView(draft, flow, name)
    memory.tasks = { view, closings: flow.closings, draft }
  }
  return memory.tasks.view
}

function taskView(draft: Draft, flow: FlowState, name: string): object {
  const closed = flow.closed.get(name)
  const visits = flow.visits.get(name) ?? 0
  if (closed === undefined) {
    return {
      status: visits > 0 ? 'open' : 'pending',
      visits,
      succeeded: 0,
      failed: 0,
      skipped: 0,
      total: 0,
      items: [],
      output: null,
    }
  }
  return {
    status: closed.outcome,
    visits,
    ...countersOf(closed),
    get items() {
      return itemsOf(draft, closed)
    },
    get output() {
      return resultOf(draft, closed)
    },
  }
}

/** What became of each item, in index order. */
export function itemsOf(draft: Draft, visit: ClosedVisit): Json[] {
  return Array.from({ length: visit.total }, (_, index): Json => {
    const item = visit.items[index]
    const key = item?.key ?? visit.fan?.keys?.[index]
    const named = { index, ...(key !== undefined && { key }) }
    if (item === undefined) return { ...named, status: 'skipped', attempts: 0 }
    const { status, attempts, endedBy } = item
    const payload = endedBy === undefined ? undefined : draft.payload(endedBy)
    const outcome =
      status === 'succeeded' ? { output: parsed(payload) } : payload === undefined ? {} : { failure: parsed(payload) }
    return { ...named, status, attempts, ...outcome }
  })
}
