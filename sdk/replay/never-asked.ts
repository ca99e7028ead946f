/**
 * Side effects, and requests to other executions, leave no event when they are asked for, only when they have their result.
 * What an activation of the log had asked for by its end is known from what it said it waits for. A call that is not among
 * that was added later: a request would wait for ever, a side effect would run in the wrong place.
 */
import type { DeterminismError } from '../failures/determinism-error.ts'
import type { Closing } from './log-book.ts'
import { isSeenLater, neverAsked } from './matching.ts'
import type { RunState } from './run-state.ts'

export function firstNeverAsked({ calls, book }: RunState, { sequence, asked }: Closing): DeterminismError | undefined {
  if (asked === undefined) return undefined
  for (const call of calls) {
    const { id, type } = call
    if (type === 'signal' || type === 'condition' || !isSeenLater(type) || asked.has(id)) continue
    // Its result is in the log: there already and not yet seen, or later, in logs that say less of what they wait for.
    if (book.initiated(id)?.what === call.what) continue
    return neverAsked(call, type, sequence)
  }
  return undefined
}
