/** P3: tasks at the same time, one worker with 100 slots. The floor reports them 25 in a commit, one commit after another. */
import { expected, inParallel } from '../code.ts'
import type { FloorClient } from '../floor/client.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

const together = 25

export function parallel({ quick }: Scale): Workload {
  const sizes = [
    { tasks: 100, restateEarlier: 162 },
    { tasks: 1_000, restateEarlier: 806 },
    ...(quick ? [] : [{ tasks: 10_000 }]),
  ]
  const measured = sizes.map(({ tasks, ...earlier }) => ({
    tasks,
    line: new Line({
      id: 'P3',
      name: `${tasks.toLocaleString('en-GB')} tasks in parallel`,
      unit: 'ms',
      target: 'restateEarlier' in earlier ? { restateAtMost: 1 / 3 } : {},
      ...('restateEarlier' in earlier && { job: { type: 'parallel', tasks }, ...earlier }),
    }),
  }))
  return {
    id: 'P3',
    lines: measured.map(({ line }) => line),
    async round({ site: { client }, floor }: Stage) {
      for (const { tasks, line } of measured) {
        await line.ours.time(async () => {
          if ((await client.execute(inParallel, { tasks })) !== expected({ tasks })) throw new Error('a wrong result')
        })
        await line.floor.time(() => fanOut(floor, tasks))
      }
    },
  }
}

async function fanOut(floor: FloorClient, tasks: number): Promise<void> {
  const name = await floor.start()
  await floor.append(name, tasks)
  for (let done = 0; done < tasks; done += together) await floor.append(name, together)
}
