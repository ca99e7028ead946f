/** Workers that are taken to be gone, and come back with what they have before the executions have heard of the loss. */
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import type { Workload } from '../workload.ts'
import { longAttempts } from './long-attempts.ts'

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  const any = { link: 'queue-to-execution', object: 'queue' } as const
  const pauses = Array.from({ length: 3 }, () => ({
    ...any,
    at: chance.between(3_000, 12_000),
    type: 'pause-worker' as const,
    choice: chance.below(1_000),
    ms: chance.between(18_000, 35_000),
  }))
  const delays = Array.from({ length: 8 }, () => ({
    ...any,
    at: chance.between(15_000, 40_000),
    type: 'delay' as const,
    choice: chance.below(1_000),
    ms: 2 * chance.between(1_000, 10_000),
  }))
  return [...pauses, ...delays]
}

export const lateLosses: Workload = { ...longAttempts, name: 'late-losses', isFocused: true, faults }
