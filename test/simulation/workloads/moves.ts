/** Executions that move from machine to machine, whose clocks differ, while tasks end soon after each other. */
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import type { Workload } from '../workload.ts'
import { lateMessages } from './late-messages.ts'

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  const any = { link: 'worker-to-service', object: 'execution' } as const
  const from = chance.between(0, 2_000)
  const when = () => chance.between(from, from + 4_000)
  const moves = Array.from({ length: 60 }, () => ({
    ...any,
    at: when(),
    type: 'move-twice' as const,
    choice: chance.below(1_000),
    ms: chance.between(1, 800),
  }))
  const late = Array.from({ length: chance.pick([0, 20]) }, () => ({
    ...any,
    at: when(),
    type: 'delay' as const,
    choice: chance.below(1_000),
    ms: 2 * chance.between(100, 1_000) + 1,
  }))
  return [...moves, ...late]
}

export const moves: Workload = { ...lateMessages, name: 'moves', isFocused: true, faults }
