/** P2: tasks one after another. The floor is one new object, and a commit for each task. */
import { expected, inSequence } from '../code.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

export function sequence({ quick }: Scale): Workload {
  const sizes = [
    { tasks: 10, repeats: quick ? 1 : 5, restateEarlier: 81 },
    { tasks: 100, repeats: 1, restateEarlier: 693 },
  ]
  const measured = sizes.map(({ tasks, repeats, restateEarlier }) => ({
    tasks,
    repeats,
    line: new Line({
      id: 'P2',
      name: `${tasks} tasks in sequence`,
      unit: 'ms',
      target: { ratioAtMost: 1.6, restateAtMost: 0.3 },
      job: { type: 'sequence', tasks },
      restateEarlier,
    }),
  }))
  return {
    id: 'P2',
    lines: measured.map(({ line }) => line),
    async round({ site: { client }, floor }: Stage) {
      for (const { tasks, repeats, line } of measured) {
        for (let repeat = 0; repeat < repeats; repeat += 1) {
          await line.ours.time(async () => {
            if ((await client.execute(inSequence, { tasks })) !== expected({ tasks })) throw new Error('a wrong result')
          })
          await line.floor.time(() => floor.sequence(tasks))
        }
      }
    },
  }
}
