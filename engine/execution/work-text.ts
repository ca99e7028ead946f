/** Puts work into the words that a worker gets: read from the log as text, never parsed. */
import { limits } from '../../schemas/limits.ts'
import type { WorkBody } from '../lease.ts'
import { type EventRow, eventText } from './log-event.ts'
import type { Parcel } from './parcel.ts'
import type { RunState } from './state.ts'

/** What is read for it of what an execution has on disk. */
export interface WorkLog {
  readonly events: {
    page(run: number, after: number, until: number, limit: number, bytes: number): EventRow[]
    payload(run: number, sequence: number): string | undefined
  }
}

const field = (name: string, value: unknown): string => (value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`)
const textField = (name: string, text: string | undefined): string => (text === undefined ? '' : `,"${name}":${text}`)

/** The parcel's text; undefined when what it speaks of is no longer open. */
export function workBody(
  parcel: Parcel,
  run: RunState,
  executionId: string,
  store: WorkLog,
  token: string,
): WorkBody | undefined {
  if (run.number !== parcel.run) return undefined
  const subject = `{"executionId":${JSON.stringify(executionId)},"run":${parcel.run},"token":"${token}"`
  const rest = parcel.type === 'task' ? taskFields(parcel, run, store) : activationFields(parcel, run, store)
  if (rest === undefined) return undefined
  const { id, attempt } = parcel
  return { id, attempt, token, body: `${subject}${rest}}` }
}

function taskFields(parcel: Extract<Parcel, { type: 'task' }>, run: RunState, store: WorkLog): string | undefined {
  const task = run.tasks.get(parcel.id)
  if (task === undefined || task.attempt !== parcel.attempt) return undefined
  const { startToCloseMs, heartbeatMs } = task.timeouts
  const deadlineAt = startToCloseMs === undefined ? undefined : parcel.at + startToCloseMs
  return [
    `,"runStartedAt":${run.startedAt},"taskId":"${task.id}","kind":${JSON.stringify(task.kind)}`,
    textField('input', store.events.payload(run.number, task.sequence)),
    `,"attempt":${task.attempt},"priority":${task.priority}`,
    field('deadlineAt', deadlineAt),
    field('heartbeatMs', heartbeatMs),
    textField('lastHeartbeat', task.heartbeat),
    field('headers', run.headers),
  ].join('')
}

function activationFields(parcel: Extract<Parcel, { type: 'activation' }>, run: RunState, store: WorkLog): string {
  const { issued, from } = parcel
  const rows = store.events.page(run.number, from, issued.snapshotSequence, limits.pageEvents * 10, limits.pageBytes)
  const isWhole = (rows.at(-1)?.sequence ?? from) >= issued.snapshotSequence
  const info = {
    queue: run.queue,
    startedAt: run.startedAt,
    historyLength: issued.snapshotSequence,
    continueAsNewSuggested: issued.snapshotSequence >= limits.eventsSuggestContinueAsNew,
  }
  return [
    `,"kind":${JSON.stringify(run.kind)},"activationId":"${issued.id}","activationAt":${issued.activationAt}`,
    `,"snapshotSequence":${issued.snapshotSequence},"from":${from},"events":[${rows.map(eventText).join(',')}]`,
    isWhole ? '' : ',"more":true',
    `,"updates":[],"info":${JSON.stringify(info)}`,
  ].join('')
}
