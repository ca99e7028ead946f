/** All workloads, by name. */
import type { Chance } from './chance.ts'
import type { Workload } from './workload.ts'
import { failures } from './workloads/failures.ts'
import { families } from './workloads/families.ts'
import { fanOuts } from './workloads/fan-outs.ts'
import { flowSteering } from './workloads/flow-steering.ts'
import { flows } from './workloads/flows.ts'
import { longRuns } from './workloads/long-runs.ts'
import { races } from './workloads/races.ts'
import { randomPrograms } from './workloads/random-programs.ts'
import { retries } from './workloads/retries.ts'
import { runs } from './workloads/runs.ts'
import { talks } from './workloads/talks.ts'
import { timeouts } from './workloads/timeouts.ts'

/** From which a seed draws. */
const first: readonly [Workload, ...Workload[]] = [
  fanOuts,
  races,
  retries,
  timeouts,
  failures,
  runs,
  longRuns,
  randomPrograms,
  flows,
  families,
  talks,
]

/** Drawn by themselves, so that other seeds stay what they were. */
const later: readonly [Workload, ...Workload[]] = [flowSteering]

export const workloads: readonly Workload[] = [...first, ...later]

export function drawWorkload(chance: Chance): Workload {
  const drawn = chance.pick(first)
  const fork = chance.fork('later workloads')
  return fork.isTrue(later.length / workloads.length) ? fork.pick(later) : drawn
}
