/** Where a reader begins: what it asked for, made a position in a log. */
import { type Answer, accepted, refused } from '../answer.ts'
import type { LogView, Position } from './stream-reader.ts'

export interface StreamRequest {
  /** A sequence, or `<run>-<sequence>`. */
  after?: string
  run?: number
}

/** Without `run` and without a run in `after`, the latest run from its beginning. */
export function streamStart(request: StreamRequest, log: LogView): Answer<{ position: Position; isOneRun: boolean }> {
  const [sequence = 0, namedRun] = (request.after ?? '0').split('-').map(Number).reverse()
  if (request.run !== undefined && namedRun !== undefined && namedRun !== request.run) {
    return refused('invalid_request', `after: it is of run ${namedRun}, and run is ${request.run}`)
  }
  const run = request.run ?? namedRun ?? log.latestRun
  const end = log.end(run)
  if (end === undefined) return refused('not_found', `there is no run ${run}`)
  if (sequence > end.lastSequence) {
    return refused('invalid_request', `after: run ${run} ends with event ${end.lastSequence}, before ${sequence}`)
  }
  return accepted({ position: { run, sequence }, isOneRun: request.run !== undefined })
}
