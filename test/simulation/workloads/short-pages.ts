/** Logs that workers must read page by page, and side effects beside them, while no answer of the service arrives for long. */
import type { Chance } from '../chance.ts'
import type { Fault } from '../storm.ts'
import type { Workload } from '../workload.ts'
import { longRuns } from './long-runs.ts'

/** Of a bad link: answers alone are lost. */
const answersLost = 1

function faults(chance: Chance): Omit<Fault, 'id'>[] {
  return Array.from({ length: 3 }, () => ({
    link: 'worker-to-service',
    object: 'execution',
    at: chance.between(2_000, 30_000),
    type: 'bad-link',
    choice: answersLost,
    ms: chance.between(10_000, 25_000),
  }))
}

export const shortPages: Workload = { ...longRuns, name: 'short-pages', pageEvents: 3, isFocused: true, faults }
