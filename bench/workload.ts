/** One workload of the table. */
import type { Line } from './line.ts'
import type { Stage } from './stage.ts'

/** How much of it: a short form finds what is broken, the full one is what counts. */
export interface Scale {
  quick: boolean
}

export interface Workload {
  id: string
  lines: readonly Line[]
  /** Ours and the floor, taking turns. */
  round(stage: Stage): Promise<void>
  /** Is measured once instead of in every round: its figures are of many steps in themselves. */
  once?: boolean
  /** Ends what it has started. */
  close?(): Promise<void>
  /** What was counted of a step: `<step>_<what>`. */
  counted?: ReadonlyMap<string, number>
}
