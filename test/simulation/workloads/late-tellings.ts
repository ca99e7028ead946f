/** Executions that are deleted, and ids that are taken again, while what the index is told is late. */
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import type { Workload } from '../workload.ts'
import { listed } from './listed.ts'

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  return Array.from({ length: 30 }, () => ({
    link: 'execution-to-index',
    object: 'index',
    at: chance.between(0, 40_000),
    type: 'delay',
    choice: chance.below(1_000),
    ms: 2 * chance.between(500, 15_000),
  }))
}

export const lateTellings: Workload = { ...listed, name: 'late-tellings', isFocused: true, faults }
