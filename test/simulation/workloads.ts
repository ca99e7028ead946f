/** All workloads, by name. */
import type { Workload } from './workload.ts'
import { bursts } from './workloads/bursts.ts'
import { failures } from './workloads/failures.ts'
import { families } from './workloads/families.ts'
import { fanOuts } from './workloads/fan-outs.ts'
import { flowSteering } from './workloads/flow-steering.ts'
import { flows } from './workloads/flows.ts'
import { handOvers } from './workloads/hand-overs.ts'
import { lateLosses } from './workloads/late-losses.ts'
import { lateMessages } from './workloads/late-messages.ts'
import { lateReports } from './workloads/late-reports.ts'
import { lateTellings } from './workloads/late-tellings.ts'
import { listed } from './workloads/listed.ts'
import { longAttempts } from './workloads/long-attempts.ts'
import { longRuns } from './workloads/long-runs.ts'
import { moves } from './workloads/moves.ts'
import { races } from './workloads/races.ts'
import { randomPrograms } from './workloads/random-programs.ts'
import { retries } from './workloads/retries.ts'
import { runs } from './workloads/runs.ts'
import { shortPages } from './workloads/short-pages.ts'
import { talks } from './workloads/talks.ts'
import { timeouts } from './workloads/timeouts.ts'
import { together } from './workloads/together.ts'

export const workloads: readonly [Workload, ...Workload[]] = [
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
  handOvers,
  flowSteering,
  listed,
  longAttempts,
  bursts,
  lateMessages,
  lateLosses,
  lateReports,
  shortPages,
  lateTellings,
  moves,
  together,
]
