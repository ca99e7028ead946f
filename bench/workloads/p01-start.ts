/**
 * P1: from the start of an execution of one task to its result, on an idle service. The floor is one new object, a push, two
 * commits.
 */
import { expected, inSequence } from '../code.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

export function start({ quick }: Scale): Workload {
  const line = new Line({
    id: 'P1',
    name: 'start → result, 1 task',
    unit: 'ms',
    target: { ratioAtMost: 1.5, restateAtMost: 0.75 },
    job: { type: 'sequence', tasks: 1 },
    restateEarlier: 15.2,
  })
  return {
    id: 'P1',
    lines: [line],
    async round({ site: { client }, floor }: Stage) {
      for (let repeat = 0; repeat < (quick ? 5 : 20); repeat += 1) {
        await line.ours.time(async () => {
          if ((await client.execute(inSequence, { tasks: 1 })) !== expected({ tasks: 1 })) throw new Error('a wrong result')
        })
        await line.floor.time(() => floor.sequence(2))
      }
    },
  }
}
