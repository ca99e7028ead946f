/** All workloads, in the order of the table. */
import type { Scale, Workload } from './workload.ts'
import { start } from './workloads/p01-start.ts'
import { sequence } from './workloads/p02-sequence.ts'
import { parallel } from './workloads/p03-parallel.ts'
import { throughput } from './workloads/p04-throughput.ts'
import { timers } from './workloads/p05-timers.ts'
import { longLogs } from './workloads/p06-long-logs.ts'
import { signal } from './workloads/p07-signal.ts'
import { idle } from './workloads/p08-idle.ts'
import { budget } from './workloads/p09-budget.ts'
import { readers } from './workloads/p11-readers.ts'
import { memory } from './workloads/p12-memory.ts'
import { scaleOut } from './workloads/scale-out.ts'

const makers = {
  P1: start,
  P2: sequence,
  P3: parallel,
  P4: throughput,
  P5: timers,
  P6: longLogs,
  P7: signal,
  P8: idle,
  P9: budget,
  P10: budget,
  P11: readers,
  P12: memory,
  SCALE: scaleOut,
}

export type WorkloadId = keyof typeof makers

export const isWorkload = (id: string): id is WorkloadId => Object.hasOwn(makers, id)

export const allWorkloads: readonly string[] = Object.keys(makers)

/** Those of the table of targets. */
export const usualWorkloads: readonly string[] = allWorkloads.filter((id) => id.startsWith('P'))

/** Each once: P9 and P10 are counted together. */
export const workloadsOf = (ids: readonly WorkloadId[], scale: Scale): Workload[] =>
  [...new Set(ids.map((id) => makers[id]))].map((make) => make(scale))
