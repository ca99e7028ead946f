/** The runs of an execution as their readers get them. */
import { statusOf } from '../../engine/execution/describe.ts'
import { eventText } from '../../engine/execution/log-event.ts'
import type { RunState } from '../../engine/execution/state.ts'
import { limits } from '../../schemas/limits.ts'
import type { RunSummary } from '../../schemas/listing.ts'
import type { ExportPlace } from '../ports.ts'
import type { ExecutionStore } from './store.ts'

/** The latest first. */
export function runsText(latest: RunState, store: ExecutionStore): string {
  const { number, startedAt, closed, lastSequence } = latest
  const shown: RunSummary = {
    run: number,
    status: statusOf(latest),
    startedAt,
    ...(closed !== undefined && { closedAt: closed.at }),
    lastSequence,
  }
  return JSON.stringify({ items: [shown, ...store.runs.before(number)] })
}

/** Event after event with the number of its run, one a line. Without `next` it was the last page. */
export function exportPage(latest: RunState, store: ExecutionStore, from: ExportPlace): { lines: string; next?: ExportPlace } {
  let run = Math.max(from.run, store.runs.oldest() ?? latest.number)
  let after = run === from.run ? from.after : 0
  let lines = ''
  while (run <= latest.number) {
    const rows = store.events.page(run, after, lastOfAny, limits.pageEvents, limits.pageBytes)
    lines += rows.map((row) => `{"run":${run},${eventText(row).slice(1)}\n`).join('')
    const last = rows.at(-1)
    if (last === undefined) {
      run += 1
      after = 0
    } else after = last.sequence
    if (lines.length >= fullPage) return { lines, next: { run, after } }
  }
  return { lines }
}

/** No run is longer. */
const lastOfAny = 2 ** 32 - 1
/** Characters after which a page ends: it is at most so much and one page of a log. */
const fullPage = 1_048_576
