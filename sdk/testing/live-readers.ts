/** Who follows an execution of the environment: moved on from its log after each turn, in the words of the service. */
import { closedStatusOf } from '../../engine/execution/closed-status.ts'
import type { RunState } from '../../engine/execution/state.ts'
import type { Frame } from '../../engine/stream/frame.ts'
import { sseText } from '../../engine/stream/sse.ts'
import type { LogView, StreamReader } from '../../engine/stream/stream-reader.ts'
import { deferred } from '../replay/deferred.ts'
import type { ExecutionRows } from './execution-rows.ts'

interface OpenReader {
  reader: StreamReader
  wake(): void
}

const pageEvents = 500

export class LiveReaders {
  readonly #open = new Set<OpenReader>()

  /** After a turn. */
  wake(frames: readonly Frame[]): void {
    for (const { reader, wake } of this.#open) {
      reader.push(frames)
      wake()
    }
  }

  /** Server-sent events; the consumer pulls. */
  follow(reader: StreamReader, log: () => LogView): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let woken = deferred<void>()
    const open: OpenReader = {
      reader,
      wake: () => {
        woken.resolve()
        woken = deferred<void>()
      },
    }
    this.#open.add(open)
    return new ReadableStream({
      pull: async (controller) => {
        for (;;) {
          const next = reader.next(log())
          if (next.type === 'items') return controller.enqueue(encoder.encode(sseText(next.items, false)))
          if (next.type === 'wait') {
            await woken.promise
            continue
          }
          if (next.type === 'end') controller.enqueue(encoder.encode(sseText([next.item], false)))
          this.#open.delete(open)
          return controller.close()
        }
      },
      cancel: () => {
        this.#open.delete(open)
      },
    })
  }
}

export const logView = (rows: ExecutionRows, latest: RunState): LogView => ({
  latestRun: latest.number,
  end(run) {
    if (run === latest.number) return { lastSequence: latest.lastSequence, closed: latest.closed?.status }
    const last = rows.log(run).at(-1)
    return last && { lastSequence: last.sequence, closed: closedStatusOf(last.type) }
  },
  page: (run, after, until) => rows.events.page(run, after, until, pageEvents, Number.POSITIVE_INFINITY),
})
