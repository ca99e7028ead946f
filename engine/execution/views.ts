/** An execution as its readers get it, as JSON text. */
import type { ChildSummary, TaskAttempt } from '../../schemas/executions.ts'
import { limits } from '../../schemas/limits.ts'
import type { TaskStatus } from '../../schemas/statuses.ts'
import type { UnservedKind } from '../unserved.ts'
import type { AttemptEnded } from './change.ts'
import { activationAxis, awaitingOf, noWorkerProblem, statusOf, taskStatusOf } from './describe.ts'
import { type EventNote, type EventRow, eventText } from './log-event.ts'
import type { ExecutionState, RunState } from './state.ts'

/** JSON text, ready to be sent as it is. */
type Text = string

/** What is read for it of what an execution has on disk. */
export interface ViewSource {
  readonly events: {
    one(run: number, sequence: number): EventRow | undefined
    page(run: number, after: number, until: number, limit: number, bytes: number): EventRow[]
    /** The events that speak of one task, in order, with their notes. */
    ofTask(run: number, taskId: string): (EventRow & { note: string | null })[]
    /** The tasks of a run in the order of their calls. */
    scheduledTasks(run: number, after: number, limit: number): { sequence: number; data: string }[]
    /** The events that speak of children, in order. */
    ofChildren(run: number): { type: string; data: string }[]
  }
  readonly attempts: { read(run: number, work?: string): AttemptEnded[] }
}

/** A JSON object of values and of fields that are text already. */
const objectText = (values: object, texts: Record<string, Text | undefined>): Text => {
  const plain = JSON.stringify(values).slice(1, -1)
  const rest = Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [`"${name}":${text}`]))
  return `{${[...(plain === '' ? [] : [plain]), ...rest].join(',')}}`
}

/** `output` or `failure` of a closed run. */
function outcomeTexts(run: RunState, store: ViewSource): { output?: Text | undefined; failure?: Text | undefined } {
  if (run.closed === undefined) return {}
  const row = store.events.one(run.number, run.closed.sequence)
  switch (run.closed.status) {
    case 'COMPLETED':
      return { output: row?.payload ?? undefined }
    case 'FAILED':
      return { failure: row?.payload ?? undefined }
    case 'CANCELLED':
    case 'TERMINATED': {
      const { status: type } = run.closed
      const { reason } = JSON.parse(row?.data ?? '{}') as { reason?: string }
      return { failure: JSON.stringify({ type, message: reason ?? `the execution was ${type.toLowerCase()}` }) }
    }
    case 'TIMED_OUT':
      return { failure: JSON.stringify({ type: 'TIMEOUT', message: 'the execution ran into its timeout' }) }
    case 'CONTINUED_AS_NEW':
      return {}
  }
}

export const resultText = (run: RunState, store: ViewSource): Text =>
  objectText({ run: run.number, status: statusOf(run) }, outcomeTexts(run, store))

export function descriptionText(
  state: ExecutionState,
  run: RunState,
  store: ViewSource,
  now: number,
  unserved: readonly UnservedKind[] = [],
): Text {
  return objectText(
    {
      id: state.executionId,
      run: run.number,
      kind: run.kind,
      queue: run.queue,
      status: statusOf(run),
      activation: activationAxis(run),
      paused: run.paused !== undefined,
      cancelRequested: run.cancellation !== undefined,
      ...(run.parent !== undefined && { parent: run.parent }),
      createdAt: state.createdAt,
      startedAt: run.startedAt,
      ...(run.closed !== undefined && { closedAt: run.closed.at }),
      lastSequence: run.lastSequence,
      attributes: run.attributes,
      awaiting: awaitingOf(run, now, unserved),
    },
    {
      memo: run.memo ?? '{}',
      ...outcomeTexts(run, store),
      problem: problemText(run, now, unserved),
    },
  )
}

function problemText(run: RunState, now: number, unserved: readonly UnservedKind[]): Text | undefined {
  if (run.problem !== undefined) {
    const { details, parked: _, ...shown } = run.problem
    return objectText(shown, { details })
  }
  const noWorker = noWorkerProblem(run, now, unserved)
  return noWorker && JSON.stringify(noWorker)
}

export function eventsText(run: RunState, store: ViewSource, query: { after: number; limit: number }): Text {
  const rows = store.events.page(run.number, query.after, run.lastSequence, query.limit, limits.pageBytes)
  const last = rows.at(-1)?.sequence ?? query.after
  const more = last < run.lastSequence ? `,"nextAfter":${last}` : ''
  return `{"events":[${rows.map(eventText).join(',')}],"lastSequence":${run.lastSequence}${more}}`
}

const statusOfTask = (run: RunState, taskId: string, now: number): { status: TaskStatus; attempt: number } => {
  const closed = run.closedTasks.get(taskId)
  if (closed !== undefined) return { status: closed.outcome, attempt: closed.attempt }
  const open = run.tasks.get(taskId)
  if (open === undefined) return { status: 'SCHEDULED', attempt: 1 }
  return { status: run.closed === undefined ? taskStatusOf(open, now) : 'CANCELLED', attempt: open.attempt }
}

export function tasksText(run: RunState, store: ViewSource, query: { after: number; limit: number }, now: number): Text {
  const items: object[] = []
  const rows = store.events.scheduledTasks(run.number, query.after, query.limit + 1)
  for (const row of rows.slice(0, query.limit)) {
    const { taskId, kind } = JSON.parse(row.data) as { taskId: string; kind: string }
    items.push({ taskId, kind, ...statusOfTask(run, taskId, now) })
  }
  const last = rows[query.limit - 1]?.sequence
  return JSON.stringify({ items, ...(rows.length > query.limit && { nextCursor: String(last) }) })
}

/** Undefined when the run has no such task. */
export function taskText(run: RunState, store: ViewSource, taskId: string, now: number): Text | undefined {
  const rows = store.events.ofTask(run.number, taskId)
  const scheduled = rows.find((row) => row.type === 'TASK_SCHEDULED')
  if (scheduled === undefined) return undefined
  const { kind } = JSON.parse(scheduled.data) as { kind: string }
  const end = rows.find((row) => row.type in endings)
  const outcome = end === undefined ? undefined : endings[end.type as keyof typeof endings]
  const attempts = [...store.attempts.read(run.number, taskId).map(endedAttempt), ...lastAttempt(run, taskId, end, outcome)]
  return objectText(
    { taskId, kind, ...statusOfTask(run, taskId, now), attempts },
    {
      input: scheduled.payload ?? undefined,
      output: outcome === 'COMPLETED' ? (end?.payload ?? undefined) : undefined,
      failure: outcome === 'FAILED' ? (end?.payload ?? undefined) : undefined,
      lastHeartbeat: run.tasks.get(taskId)?.heartbeat,
    },
  )
}

const endings = {
  TASK_COMPLETED: 'COMPLETED',
  TASK_FAILED: 'FAILED',
  TASK_TIMED_OUT: 'TIMED_OUT',
  TASK_CANCELLED: 'CANCELLED',
} as const

const endedAttempt = (ended: AttemptEnded): TaskAttempt => ({
  attempt: ended.attempt,
  ...(ended.startedAt !== undefined && { startedAt: ended.startedAt }),
  endedAt: ended.endedAt,
  outcome: ended.outcome,
  failure: JSON.parse(ended.failure),
  ...(ended.workerId !== undefined && { workerId: ended.workerId }),
})

/** The attempt that ended the task, or the one that is open; none while it waits for its first. */
function lastAttempt(
  run: RunState,
  taskId: string,
  end: { type: string; at: number; data: string; payload: string | null; note: string | null } | undefined,
  outcome: TaskAttempt['outcome'],
): TaskAttempt[] {
  if (end !== undefined && outcome !== undefined) {
    const { attempt } = JSON.parse(end.data) as { attempt: number }
    const { startedAt, workerId } = JSON.parse(end.note ?? '{}') as EventNote
    const failure = outcome === 'FAILED' && end.payload !== null ? { failure: JSON.parse(end.payload) } : {}
    return [
      {
        attempt,
        ...(startedAt !== undefined && { startedAt }),
        endedAt: end.at,
        outcome,
        ...failure,
        ...(workerId && { workerId }),
      },
    ]
  }
  const open = run.tasks.get(taskId)
  if (open === undefined || open.lease.startedAt === undefined) return []
  const { startedAt, holder } = open.lease
  return [{ attempt: open.attempt, startedAt, ...(holder?.workerId && { workerId: holder.workerId }) }]
}

/** The children of a run in the order of their calls. What became of them is in its log, also when it is closed. */
export function childrenText(run: RunState, store: ViewSource): Text {
  const items = new Map<string, ChildSummary>()
  for (const { type, data } of store.events.ofChildren(run.number)) {
    const { childId, executionId, kind } = JSON.parse(data) as { childId: string; executionId: string; kind: string }
    const item = items.get(childId)
    if (item === undefined) items.set(childId, { childId, executionId, kind, status: 'INITIATED' })
    else item.status = childStatuses[type as keyof typeof childStatuses] ?? item.status
  }
  return JSON.stringify({ items: [...items.values()] })
}

const childStatuses = {
  CHILD_WORKFLOW_STARTED: 'STARTED',
  CHILD_WORKFLOW_COMPLETED: 'COMPLETED',
  CHILD_WORKFLOW_FAILED: 'FAILED',
  CHILD_WORKFLOW_CANCELLED: 'CANCELLED',
  CHILD_WORKFLOW_TERMINATED: 'TERMINATED',
  CHILD_WORKFLOW_TIMED_OUT: 'TIMED_OUT',
} as const
