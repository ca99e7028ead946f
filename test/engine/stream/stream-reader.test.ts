/** Readers of a stream, as rules: what each is given, however it comes, goes, lags and resumes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventRow } from '../../../engine/execution/log-event.ts'
import { type Frame, taskFrameOf } from '../../../engine/stream/frame.ts'
import { FrameShelf } from '../../../engine/stream/frame-shelf.ts'
import { type LogView, StreamReader } from '../../../engine/stream/stream-reader.ts'
import { streamStart } from '../../../engine/stream/stream-start.ts'

/** A log that grows: runs one after another, and a task that is open between two of its events. */
class Growing implements LogView {
  readonly runs: { events: EventRow[]; closed: boolean }[] = [{ events: [], closed: false }]
  readonly shelf = new FrameShelf()
  #index = 0

  get latestRun(): number {
    return this.runs.length
  }

  end(run: number) {
    const found = this.runs[run - 1]
    return found && { lastSequence: found.events.length, closed: found.closed ? ('COMPLETED' as const) : undefined }
  }

  page(run: number, after: number, until: number): EventRow[] {
    return this.runs[run - 1]?.events.slice(after, Math.min(until, after + 3)) ?? []
  }

  append(type: string): void {
    const events = this.runs.at(-1)?.events
    events?.push({ sequence: events.length + 1, type, at: 1, data: '{}', payload: null })
    if (type !== 'OTHER') this.shelf.drop('task-1')
  }

  frame(): Frame {
    const run = this.latestRun
    const afterSequence = this.runs.at(-1)?.events.length ?? 0
    const subject = { run, taskId: 'task-1', attempt: 1, afterSequence }
    const frame = taskFrameOf({ type: 'Token', index: this.#index++, fields: '{"text":"x"}' }, subject, 1)
    this.shelf.add('task-1', frame)
    return frame
  }

  close(): void {
    this.append('WORKFLOW_COMPLETED')
    const last = this.runs.at(-1)
    if (last !== undefined) last.closed = true
  }

  places(): string[] {
    return this.runs.flatMap(({ events }, index) => events.map(({ sequence }) => `${index + 1}-${sequence}`))
  }
}

/** All that a reader can be given now. */
function drain(reader: StreamReader, log: LogView): { ids: string[]; texts: string[]; isOver: boolean } {
  const ids: string[] = []
  const texts: string[] = []
  for (;;) {
    const next = reader.next(log)
    if (next.type === 'wait') return { ids, texts, isOver: false }
    if (next.type === 'gone') throw new Error('gone')
    const items = next.type === 'end' ? [next.item] : next.items
    for (const { id, text } of items) {
      texts.push(text)
      if (id !== undefined) ids.push(id)
    }
    if (next.type === 'end') return { ids, texts, isOver: true }
  }
}

type Step = 'event' | 'task ends' | 'frame' | 'close' | 'new run' | 'read' | 'leave and come back'

const steps = fc.array(
  fc.constantFrom<Step>('event', 'event', 'task ends', 'frame', 'frame', 'close', 'new run', 'read', 'leave and come back'),
  { maxLength: 60 },
)

describe('a reader', () => {
  it('L7 S6 S7 has the whole log in order, once, over any number of visits, and the end last', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const log = new Growing()
        log.append('WORKFLOW_STARTED')
        let reader = new StreamReader({ run: 1, sequence: 0 }, false)
        const ids: string[] = []
        let isOver = false
        for (const step of [...taken, 'close', 'read'] as const) {
          const isClosed = log.runs.at(-1)?.closed === true
          if (step === 'event' && !isClosed) log.append('OTHER')
          if (step === 'task ends' && !isClosed) log.append('TASK_COMPLETED')
          if (step === 'frame' && !isClosed) reader.push([log.frame()])
          if (step === 'close' && !isClosed) log.close()
          if (step === 'new run' && isClosed && !isOver) log.runs.push({ events: [], closed: false })
          if (step === 'leave and come back') {
            const [run, sequence] = (ids.at(-1) ?? '1-0').split('-').map(Number)
            reader = new StreamReader({ run: run ?? 1, sequence: sequence ?? 0 }, false, log.shelf.all())
          }
          if (step === 'read' && !isOver) {
            const read = drain(reader, log)
            ids.push(...read.ids)
            isOver = read.isOver
          }
        }
        expect(ids).toEqual(isOver ? log.places().slice(0, ids.length) : log.places())
        if (isOver) expect(log.runs.at(-1)?.closed).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('W13 is shown a frame after the event that it follows, and never after the end of its task', () => {
    fc.assert(
      fc.property(steps, fc.nat(5), (taken, start) => {
        const log = new Growing()
        log.append('WORKFLOW_STARTED')
        const readers = [new StreamReader({ run: 1, sequence: 0 }, true)]
        const texts: string[][] = [[]]
        for (const step of taken) {
          if (step === 'event') log.append('OTHER')
          if (step === 'task ends') log.append('TASK_COMPLETED')
          if (step === 'frame') {
            const frame = log.frame()
            for (const reader of readers) reader.push([frame])
          }
          if (step === 'leave and come back') {
            const sequence = Math.min(start, log.end(1)?.lastSequence ?? 0)
            readers.push(new StreamReader({ run: 1, sequence }, true, log.shelf.all()))
            texts.push([])
          }
          if (step === 'read') for (const [n, reader] of readers.entries()) texts[n]?.push(...drain(reader, log).texts)
        }
        for (const [n, reader] of readers.entries()) {
          texts[n]?.push(...drain(reader, log).texts)
          let sequence = Number.NaN
          let endedAt = 0
          let last = -1
          for (const item of texts[n]?.map((text) => JSON.parse(text)) ?? []) {
            if (item.type === 'Event') {
              sequence = item.sequence
              if (item.event === 'TASK_COMPLETED') endedAt = sequence
              continue
            }
            expect(item.index).toBeGreaterThan(last)
            last = item.index
            if (!Number.isNaN(sequence)) expect(item.afterSequence).toBeLessThanOrEqual(sequence)
            expect(item.afterSequence).toBeGreaterThanOrEqual(endedAt)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('who does not read is ended at a position from which it can go on, before its queue grows without bound', () => {
    const log = new Growing()
    log.append('WORKFLOW_STARTED')
    const reader = new StreamReader({ run: 1, sequence: 0 }, false)
    for (let n = 0; n < 10_000; n += 1) reader.push([log.frame()])
    expect(reader.isOverrun).toBe(false)
    reader.push([log.frame()])
    expect(reader.isOverrun).toBe(true)
    expect(reader.position).toEqual({ run: 1, sequence: 0 })
  })
})

it('where a reader begins', () => {
  const log = new Growing()
  log.close()
  log.runs.push({ events: [], closed: false })
  log.append('WORKFLOW_STARTED')
  expect(streamStart({}, log)).toEqual({ ok: true, value: { position: { run: 2, sequence: 0 }, isOneRun: false } })
  expect(streamStart({ after: '1' }, log)).toMatchObject({ value: { position: { run: 2, sequence: 1 } } })
  expect(streamStart({ after: '1-1' }, log)).toMatchObject({ value: { position: { run: 1, sequence: 1 }, isOneRun: false } })
  expect(streamStart({ after: '1', run: 1 }, log)).toMatchObject({ value: { position: { run: 1, sequence: 1 }, isOneRun: true } })
  expect(streamStart({ after: '2' }, log)).toMatchObject({ refusal: { code: 'invalid_request' } })
  expect(streamStart({ run: 3 }, log)).toMatchObject({ refusal: { code: 'not_found' } })
})

it('W13 the last 256 frames of a task are kept, and no more than a mebibyte of them', () => {
  const log = new Growing()
  log.append('WORKFLOW_STARTED')
  for (let n = 0; n < 300; n += 1) log.frame()
  expect(log.shelf.all().map(({ text }) => JSON.parse(text).index)).toEqual(Array.from({ length: 256 }, (_, n) => n + 44))
  const shelf = new FrameShelf()
  const large = { run: 1, taskId: 'task-1', afterSequence: 1, type: 'Token', text: 'x'.repeat(400_000) }
  for (let n = 0; n < 5; n += 1) shelf.add('task-1', large)
  expect(shelf.all()).toHaveLength(2)
  shelf.drop('task-1')
  expect(shelf.all()).toEqual([])
})
