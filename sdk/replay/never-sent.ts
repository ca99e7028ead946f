/**
 * Signals and cancellations to other executions leave no event when they are asked for. What an activation of the log had
 * asked for is known from what it said it waits for: a call that it did not make would wait for ever.
 */
import { DeterminismError } from '../failures/determinism-error.ts'
import type { Closing } from './log-book.ts'
import { advice } from './matching.ts'
import type { OpenCalls } from './open-calls.ts'
import { wordOf } from './wording.ts'

export function neverSent(calls: OpenCalls, { sequence, asked }: Closing): DeterminismError | undefined {
  if (asked === undefined) return undefined
  for (const { type, id, name, location } of calls) {
    if (type !== 'external' || asked.has(id)) continue
    return new DeterminismError({
      index: Number(id.slice('external-'.length)),
      expected: `no further ${wordOf.external} in the activation that ends with event ${sequence}`,
      actual: name,
      hint: `A call was added before what had already run, or has another type than before: ${advice}`,
      ...(location !== undefined && { location }),
    })
  }
  return undefined
}
