/** What is measured, beside what: floors of bare objects in the same run, and the figures of others from elsewhere. */
import type { Floors } from './floors/floors.ts'
import { Sample } from './sample.ts'
import { inParallel, inSequence, type Size } from './workloads.ts'

export interface Workload extends Size {
  id: 'P1' | 'P2' | 'P3'
  name: string
  workflow: typeof inSequence | typeof inParallel
  /** How often it runs in one round. */
  repeats: number
  sample: Sample
  /** The least that bare objects need for the same, where there is a formula for it. */
  floor?: (floors: Floors) => number
  /** At most so many times the floor. */
  atMost?: number
  /** Restate 1.7.12 with the same kind of durability, measured earlier on a machine of two cores. */
  restateMs: number
  /** At most this share of Restate's figure. */
  restateShare: number
}

const sequenceFloor =
  (tasks: number) =>
  ({ newObject, append }: Floors): number =>
    newObject.median + tasks * append.median

export const workloads = (): Workload[] => [
  {
    id: 'P1',
    name: 'start → result, 1 task',
    workflow: inSequence,
    tasks: 1,
    repeats: 10,
    sample: new Sample(),
    floor: ({ newObject, append, push }) => newObject.median + 2 * append.median + push.median,
    atMost: 1.5,
    restateMs: 15.2,
    restateShare: 0.75,
  },
  ...[10, 100].map(
    (tasks): Workload => ({
      id: 'P2',
      name: `${tasks} tasks in sequence`,
      workflow: inSequence,
      tasks,
      repeats: tasks === 10 ? 4 : 1,
      sample: new Sample(),
      floor: sequenceFloor(tasks),
      atMost: 1.6,
      restateMs: tasks === 10 ? 81 : 693,
      restateShare: 0.3,
    }),
  ),
  ...[100, 1_000].map(
    (tasks): Workload => ({
      id: 'P3',
      name: `${tasks.toLocaleString('en-GB')} tasks in parallel`,
      workflow: inParallel,
      tasks,
      repeats: tasks === 100 ? 3 : 1,
      sample: new Sample(),
      restateMs: tasks === 100 ? 162 : 806,
      restateShare: 1 / 3,
    }),
  ),
]
