/**
 * What must hold of every run of a flow, as predicates over its log: each says what is wrong, or nothing. A run of a flow
 * has no worker that might be told again, so what follows from an event is in the log with it, or never comes.
 */
import type { LogEvent } from '../../engine/execution/log-event.ts'

type Complaint = string | undefined
type Log = readonly LogEvent[]

/** Visits that have begun and are not closed, in the order in which they began. */
function openVisits(log: Log): Extract<LogEvent, { type: 'FLOW_TASK_STARTED' }>[] {
  const open = new Map<string, Extract<LogEvent, { type: 'FLOW_TASK_STARTED' }>>()
  for (const event of log) {
    if (event.type === 'FLOW_TASK_STARTED') open.set(`${event.data.task}#${event.data.visit}`, event)
    if (event.type === 'FLOW_TASK_CLOSED') open.delete(`${event.data.task}#${event.data.visit}`)
  }
  return [...open.values()]
}

export function isPaused(log: Log): boolean {
  const last = log.findLast(({ type }) => type === 'WORKFLOW_PAUSED' || type === 'WORKFLOW_RESUMED')
  return last?.type === 'WORKFLOW_PAUSED'
}

/** The signal that an open visit waits for, if there is one (L8). */
export const awaitedSignal = (log: Log): string | undefined =>
  openVisits(log).find(({ note }) => note?.visit?.signal !== undefined)?.note?.visit?.signal

/** L4: a signal that nobody has taken meets nobody who waits for it, unless the run is paused. */
export function signalsAreTaken(log: Log): Complaint {
  if (isPaused(log)) return undefined
  const taken = new Set(log.flatMap(({ type, note }) => (type === 'FLOW_TASK_CLOSED' && note?.signal ? [note.signal] : [])))
  const waits = new Set(openVisits(log).map(({ note }) => note?.visit?.signal))
  const left = log.find((event) => event.type === 'SIGNAL_RECEIVED' && !taken.has(event.sequence) && waits.has(event.data.name))
  return left === undefined ? undefined : `signal ${left.sequence} is there, and the flow waits for it`
}

/** What the interpreter writes by itself. */
const begins: ReadonlySet<string> = new Set([
  'FLOW_TASK_STARTED',
  'FLOW_TASK_CLOSED',
  'TASK_SCHEDULED',
  'CHILD_WORKFLOW_INITIATED',
  'PROMISE_CREATED',
  'TIMER_STARTED',
])

/** L2: while it is paused nothing begins, and nothing is judged. */
export function restsWhilePaused(log: Log): Complaint {
  let isResting = false
  for (const { type, sequence } of log) {
    if (type === 'WORKFLOW_PAUSED') isResting = true
    if (type === 'WORKFLOW_RESUMED') isResting = false
    if (isResting && begins.has(type)) return `${type} ${sequence} is written while the run is paused`
  }
  return undefined
}

/** L6: a cancellation takes no edge, and starts nothing but the tasks that are for it. */
export function cancelsInOrder(log: Log): Complaint {
  const asked = log.find(({ type }) => type === 'CANCELLATION_REQUESTED')
  if (asked === undefined) return undefined
  const undoing = log.find(({ note }) => note?.visit?.onCancel === true)?.sequence ?? Number.POSITIVE_INFINITY
  const before = new Set<string>()
  for (const event of log) {
    if (event.type === 'FLOW_TASK_STARTED' && event.sequence < asked.sequence)
      before.add(`${event.data.task}#${event.data.visit}`)
    if (event.sequence < asked.sequence || event.sequence >= undoing) continue
    if (event.type === 'FLOW_TASK_STARTED') return `${event.data.task} is started after the run was asked to end`
    if (event.type === 'FLOW_TASK_CLOSED' && event.data.fired.length > 0)
      return `edges of ${event.data.task} are taken after the run was asked to end`
    if (event.type === 'TASK_SCHEDULED' || event.type === 'CHILD_WORKFLOW_INITIATED')
      return `${event.type} ${event.sequence} after the run was asked to end`
  }
  if (undoing === Number.POSITIVE_INFINITY) return undefined
  const left = openVisits(log.slice(0, undoing - 1)).find(({ data }) => before.has(`${data.task}#${data.visit}`))
  return left === undefined ? undefined : `${left.data.task} is open when the tasks of the cancellation begin`
}

/** L6: a cancellation that does not wait asks all that is out to end, at once, unless the run is paused. */
export function asksToEnd(log: Log): Complaint {
  const asked = log.find(({ type }) => type === 'CANCELLATION_REQUESTED')
  if (asked === undefined || isPaused(log)) return undefined
  const out = new Set<string>()
  for (const event of log) {
    if (event.sequence < asked.sequence && event.type === 'TASK_SCHEDULED') out.add(event.data.taskId)
    if (event.sequence < asked.sequence && event.type === 'CHILD_WORKFLOW_INITIATED') out.add(event.data.childId)
    if (event.type === 'TASK_CANCELLATION_REQUESTED') out.delete(event.data.taskId)
    if (event.type === 'CHILD_WORKFLOW_CANCELLATION_REQUESTED') out.delete(event.data.childId)
    out.delete(endedBy(event) ?? '')
  }
  const [left] = out
  return left === undefined ? undefined : `${left} was not asked to end`
}

/** L2: no more items of a visit are out than its limit, and they go out in the order of the list. */
export function itemsWithinLimit(log: Log): Complaint {
  const visits = new Map<string, { limit: number; next: number; out: number }>()
  const owners = new Map<string, string>()
  for (const event of log) {
    if (event.type === 'FLOW_TASK_STARTED') {
      const limit = event.note?.visit?.concurrency ?? 1
      visits.set(`${event.data.task}#${event.data.visit}`, {
        limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
        next: 0,
        out: 0,
      })
    }
    const sent =
      event.type === 'TASK_SCHEDULED'
        ? { id: event.data.taskId, place: event.data.flow }
        : event.type === 'CHILD_WORKFLOW_INITIATED'
          ? { id: event.data.childId, place: event.note?.flow }
          : undefined
    if (sent?.place !== undefined) {
      const key = `${sent.place.task}#${sent.place.visit}`
      const visit = visits.get(key)
      if (visit === undefined) return `${sent.id} goes out for ${key}, which has not begun`
      if ((sent.place.index ?? 0) !== visit.next) return `item ${sent.place.index} of ${key} goes out at place ${visit.next}`
      visit.next += 1
      visit.out += 1
      if (visit.out > visit.limit) return `${visit.out} items of ${key} are out, its limit is ${visit.limit}`
      owners.set(sent.id, key)
    }
    const ended = endedBy(event)
    const owner = ended === undefined ? undefined : visits.get(owners.get(ended) ?? '')
    if (owner !== undefined) owner.out -= 1
  }
  return undefined
}

function endedBy(event: LogEvent): string | undefined {
  switch (event.type) {
    case 'TASK_COMPLETED':
    case 'TASK_FAILED':
    case 'TASK_TIMED_OUT':
    case 'TASK_CANCELLED':
      return event.data.taskId
    case 'CHILD_WORKFLOW_COMPLETED':
    case 'CHILD_WORKFLOW_FAILED':
    case 'CHILD_WORKFLOW_CANCELLED':
    case 'CHILD_WORKFLOW_TERMINATED':
    case 'CHILD_WORKFLOW_TIMED_OUT':
      return event.data.childId
    default:
      return undefined
  }
}
