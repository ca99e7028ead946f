/** Following an execution: its log as it grows, and what its tasks say while they run. */
import { type HistoryEvent, payloadFields } from '../../schemas/events.ts'
import { streamQuery } from '../../schemas/stream.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { eventStream, type OpenStream, type StreamMessage } from '../http/event-stream.ts'
import { decode } from '../values/decode.ts'

/** An event of the log, and the run that it belongs to. */
export type WatchedEvent = HistoryEvent & { run: number }

export interface WatchOptions {
  /** The last event that is known already: a sequence of the latest run, or `<run>-<sequence>`. All from the beginning if absent. */
  after?: number | string
  /** Only this run; otherwise it goes on into the next one until the execution is closed. */
  run?: number
  signal?: AbortSignal
}

/** What a task's code sent while it ran. `index` counts from 0 in each attempt: a jump tells of a loss. */
export type TaskFrame = { taskId: string; attempt: number; index: number; timestampMs: number } & (
  | { type: 'Token'; text: string }
  | { type: 'Progress'; value: number; details?: unknown }
  | { type: 'Data'; data: unknown }
  | { type: 'Error'; message: string; details?: unknown }
  | { type: 'Log'; level: 'debug' | 'info' | 'warn' | 'error'; message: string; fields?: unknown }
)

export async function* watch(open: OpenStream, path: string, options: WatchOptions = {}): AsyncGenerator<WatchedEvent> {
  for await (const message of follow(open, path, options)) {
    if (message.type === 'Event') yield watchedEvent(message)
  }
}

/** Until the task has ended. Frames that come again after a broken connection are passed over. */
export async function* watchTask(
  open: OpenStream,
  path: string,
  taskId: string,
  options: Pick<WatchOptions, 'run' | 'signal'> = {},
): AsyncGenerator<TaskFrame> {
  const last = new Map<number, number>()
  for await (const message of follow(open, path, options)) {
    if (message.type === 'Event') {
      const { type, data } = watchedEvent(message)
      if (taskEnds.has(type) && 'taskId' in data && data.taskId === taskId) return
      continue
    }
    const frame = taskFrame(message)
    if (frame?.taskId !== taskId || frame.index <= (last.get(frame.attempt) ?? -1)) continue
    last.set(frame.attempt, frame.index)
    yield frame
  }
}

const taskEnds: ReadonlySet<string> = new Set(['TASK_COMPLETED', 'TASK_FAILED', 'TASK_TIMED_OUT', 'TASK_CANCELLED'])

function follow(open: OpenStream, path: string, { after, run, signal }: WatchOptions) {
  if (after !== undefined && !streamQuery.shape.after.safeParse(String(after)).success) {
    throw new PerdureError(`after: ${JSON.stringify(after)} is neither a sequence nor <run>-<sequence>`, {
      code: 'invalid_request',
    })
  }
  const query = run === undefined ? '' : `?run=${run}`
  return eventStream(open, `${path}/stream${query}`, { after: after === undefined ? undefined : String(after), signal })
}

function watchedEvent({ event, run, sequence, data, timestampMs }: StreamMessage): WatchedEvent {
  if (typeof event !== 'string' || !Object.hasOwn(payloadFields, event)) {
    throw new PerdureError(
      `event ${String(sequence)} has the type ${String(event)}, which this version of the SDK does not know`,
      {
        code: 'unknown_event',
      },
    )
  }
  return { run, sequence, type: event, at: timestampMs, data } as WatchedEvent
}

const authored: ReadonlySet<string> = new Set(['data', 'details', 'fields'])

/** Undefined: not of a task's code. Authors' values are decoded. */
function taskFrame({ afterSequence: _, run: __, ...frame }: StreamMessage): TaskFrame | undefined {
  if (!('index' in frame)) return undefined
  const fields = Object.entries(frame).map(([name, value]) => [name, authored.has(name) ? decode(value, name) : value] as const)
  return Object.fromEntries(fields) as TaskFrame
}
