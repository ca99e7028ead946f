/** The items of a task of a flow as readers get them: of its open visit, or else of its last one. */
import type { FlowItemStatus } from '../../schemas/flow/items.ts'
import { limits } from '../../schemas/limits.ts'
import { taskStatusOf } from '../execution/describe.ts'
import type { RunState } from '../execution/state.ts'
import { type ClosedVisit, type FlowItem, type FlowState, type Visit, visitKey } from './state.ts'

/** JSON text. */
type Text = string

export interface ItemSource {
  readonly events: { one(run: number, sequence: number): { payload: Text | null } | undefined }
}

/** Undefined when the run is of no flow that has such a task. */
export function itemsText(
  run: RunState,
  store: ItemSource,
  task: string,
  query: { after: number; limit: number },
  now: number,
): Text | undefined {
  const { flow } = run
  if (flow?.tasks.has(task) !== true) return undefined
  const visit = lastVisit(flow, task)
  if (visit === undefined)
    return JSON.stringify({ task, visit: 0, status: unvisited(run, flow, task), counters: blank(), items: [] })
  const statuses = Array.from({ length: visit.total }, (_, index) => statusOf(run, visit, index, now))
  const counters = blank()
  for (const status of statuses) counters[counterOf(status)] += 1
  counters.total = visit.total
  const items: Text[] = []
  let size = 0
  let next = query.after
  for (; next < visit.total && items.length < query.limit && size < limits.pageBytes; next += 1) {
    const item = itemText(run, store, visit, next, statuses[next] ?? 'parked')
    size += item.length
    items.push(item)
  }
  const head = JSON.stringify({ task, visit: visit.number, status: 'outcome' in visit ? visit.outcome : 'open', counters })
  const more = next < visit.total ? `,"nextCursor":"${next}"` : ''
  return `${head.slice(0, -1)},"items":[${items.join(',')}]${more}}`
}

const lastVisit = (flow: FlowState, task: string): Visit | ClosedVisit | undefined =>
  flow.open.get(visitKey(task, flow.visits.get(task) ?? 0)) ?? flow.closed.get(task)

const unvisited = (run: RunState, flow: FlowState, task: string): string =>
  flow.recorded.has(task) || run.closed !== undefined ? 'skipped' : 'pending'

const blank = () => ({
  parked: 0,
  dispatched: 0,
  running: 0,
  retrying: 0,
  waiting: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  total: 0,
})

type Counter = Exclude<keyof ReturnType<typeof blank>, 'total'>

const counterOf = (status: FlowItemStatus): Counter => (status === 'timed_out' || status === 'cancelled' ? 'failed' : status)

function statusOf(run: RunState, visit: Visit | ClosedVisit, index: number, now: number): FlowItemStatus {
  const item = visit.items[index]
  const isOver = 'outcome' in visit || run.closed !== undefined
  if (item === undefined) return isOver ? 'skipped' : 'parked'
  if (item.status !== 'out') return item.status
  return isOver ? 'cancelled' : outStatus(run, item, now)
}

function outStatus(run: RunState, { id }: FlowItem, now: number): FlowItemStatus {
  const task = run.tasks.get(id)
  if (task !== undefined) return taskStatuses[taskStatusOf(task, now)]
  const child = run.children.get(id)
  if (child === undefined) return 'waiting'
  return child.started ? 'running' : 'dispatched'
}

const taskStatuses = {
  SCHEDULED: 'dispatched',
  RUNNING: 'running',
  RETRYING: 'retrying',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timed_out',
  CANCELLED: 'cancelled',
} as const

function itemText(run: RunState, store: ItemSource, visit: Visit, index: number, status: FlowItemStatus): Text {
  const item = visit.items[index]
  const key = item?.key ?? visit.fan?.keys?.[index]
  const open = item === undefined ? undefined : run.tasks.get(item.id)
  const shown = JSON.stringify({
    index,
    ...(key !== undefined && { key }),
    status,
    attempts: open?.attempt ?? item?.attempts ?? 0,
    ...(item !== undefined && { id: item.id }),
  })
  const payload = item?.endedBy === undefined ? null : (store.events.one(run.number, item.endedBy)?.payload ?? null)
  return payload === null ? shown : `${shown.slice(0, -1)},"${status === 'succeeded' ? 'output' : 'failure'}":${payload}}`
}
