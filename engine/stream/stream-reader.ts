/**
 * One reader of an execution's stream, whatever it comes over.
 *
 * 1. Events come from the log by position, history and news alike: there is no second source (L7).
 * 2. A frame goes out when the reader stands at the event that it comes after.
 * 3. A reader who cannot follow is ended at a position from which it can go on; it never costs more than a bounded queue.
 */
import type { ClosedStatus } from '../../schemas/statuses.ts'
import { dataText, type EventRow } from '../execution/log-event.ts'
import type { Frame } from './frame.ts'

/** The last event that a reader has. */
export interface Position {
  run: number
  sequence: number
}

/** The log as it is on disk. */
export interface LogView {
  latestRun: number
  /** How a run stands; undefined when it is not there. */
  end(run: number): { lastSequence: number; closed: ClosedStatus | undefined } | undefined
  /** A bounded number of events after `after` up to `until`; at least one if there is one. */
  page(run: number, after: number, until: number): EventRow[]
}

/** One message of the stream. Only events have an id. */
export interface StreamItem {
  id?: string
  event: string
  text: string
}

/** What comes next: messages, nothing yet, or the end after a last message. */
export type Next =
  | { type: 'items'; items: StreamItem[] }
  | { type: 'wait' }
  | { type: 'end'; item: StreamItem }
  | { type: 'gone' }

/** Frames that wait for their reader; more of them end it. */
const queuedFrames = 10_000
const queuedCharacters = 8_388_608

export class StreamReader {
  #position: Position
  /** The stream ends with its run; otherwise it goes on into the next. */
  readonly isOneRun: boolean
  #frames: Frame[] = []
  #characters = 0
  #isOverrun = false

  constructor(position: Position, isOneRun: boolean, kept: readonly Frame[] = []) {
    this.#position = { ...position }
    this.isOneRun = isOneRun
    this.push(kept)
  }

  get position(): Position {
    return this.#position
  }

  /** It has been sent less than it should have been, for too long. */
  get isOverrun(): boolean {
    return this.#isOverrun
  }

  push(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#frames.push(frame)
      this.#characters += frame.text.length
    }
    if (this.#frames.length > queuedFrames || this.#characters > queuedCharacters) this.#isOverrun = true
  }

  /** The next messages; the reader's position moves past them. */
  next(log: LogView): Next {
    for (;;) {
      const { run, sequence } = this.#position
      const end = log.end(run)
      if (end === undefined) return { type: 'gone' }
      this.#dropOlder(run)
      const frame = this.#frames[0]?.run === run ? this.#frames[0] : undefined
      if (frame !== undefined && frame.afterSequence <= sequence) return { type: 'items', items: this.#takeFrames() }
      const until = frame === undefined ? end.lastSequence : Math.min(end.lastSequence, frame.afterSequence)
      if (sequence < until) {
        const rows = log.page(run, sequence, until)
        this.#position = { run, sequence: rows.at(-1)?.sequence ?? until }
        return { type: 'items', items: rows.map((row) => eventItem(run, row)) }
      }
      if (end.closed === undefined) return { type: 'wait' }
      if (this.isOneRun || log.latestRun <= run) return { type: 'end', item: endItem(end.closed) }
      this.#position = { run: run + 1, sequence: 0 }
    }
  }

  #takeFrames(): StreamItem[] {
    const { run, sequence } = this.#position
    const first = this.#frames.findIndex((frame) => frame.run !== run || frame.afterSequence > sequence)
    const taken = this.#frames.splice(0, first === -1 ? this.#frames.length : first)
    for (const { text } of taken) this.#characters -= text.length
    return taken.map(({ type, text }) => ({ event: type, text }))
  }

  #dropOlder(run: number): void {
    for (let frame = this.#frames[0]; frame !== undefined && frame.run < run; frame = this.#frames[0]) {
      this.#characters -= frame.text.length
      this.#frames.shift()
    }
  }
}

function eventItem(run: number, row: EventRow): StreamItem {
  const head = `{"type":"Event","event":"${row.type}","run":${run},"sequence":${row.sequence}`
  return { id: `${run}-${row.sequence}`, event: row.type, text: `${head},"data":${dataText(row)},"timestampMs":${row.at}}` }
}

const endItem = (status: ClosedStatus): StreamItem => ({ event: 'End', text: JSON.stringify({ type: 'End', status }) })
