/** Tasks that end soon after each other, reported late to executions that have begun again meanwhile. */
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import type { Workload } from '../workload.ts'
import { lateMessages } from './late-messages.ts'

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  const any = { link: 'service-to-object', object: 'execution' } as const
  const from = chance.between(0, 2_000)
  const when = (): number => chance.between(from, from + 6_000)
  const late = Array.from({ length: 12 }, () => ({
    ...any,
    at: when(),
    type: 'delay' as const,
    choice: chance.below(1_000),
    ms: 2 * chance.between(1_000, 6_000),
  }))
  const gone = Array.from({ length: 40 }, () => ({
    ...any,
    at: when(),
    type: 'move-twice' as const,
    choice: chance.below(1_000),
    ms: chance.between(1, 800),
  }))
  return [...late, ...gone]
}

export const lateReports: Workload = { ...lateMessages, name: 'late-reports', isFocused: true, faults }
