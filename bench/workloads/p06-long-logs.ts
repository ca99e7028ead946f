/**
 * P6: the cost of a step does not grow with the log, and a long log is soon read. A step is timed by the log itself; waking
 * is what the first reading after a restart takes longer than that of a short log.
 */
import { atRest } from '../at-rest.ts'
import { expected, go, inParallelTwice, inSequence } from '../code.ts'
import { Line } from '../line.ts'
import type { Site } from '../site.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

const window = 200

export function longLogs({ quick }: Scale): Workload {
  const steps = quick ? 1_000 : 10_000
  const shown = steps.toLocaleString('en-GB')
  const step = new Line({ id: 'P6', name: `step ${shown}, beside step 10`, unit: 'ms', target: { ratioAtMost: 1.2 } })
  const waking = new Line({ id: 'P6', name: 'waking an execution of 10,000 events', unit: 'ms', target: { atMost: 50 } })
  return {
    id: 'P6',
    lines: [step, waking],
    once: true,
    async round({ site }: Stage) {
      await timeSteps(site, step, steps)
      await timeWaking(site, waking, quick ? 2 : 5)
    },
  }
}

async function timeSteps({ client }: Site, line: Line, tasks: number): Promise<void> {
  const handle = await client.start(inSequence, { tasks })
  if ((await handle.result()) !== expected({ tasks })) throw new Error('a wrong result')
  const ends: number[] = []
  for await (const { type, at } of handle.events()) if (type === 'TASK_COMPLETED') ends.push(at)
  const mean = (from: number): number => ((ends[from + window] ?? 0) - (ends[from] ?? 0)) / window
  line.floor.add(mean(10))
  line.ours.add(mean(tasks - window - 1))
}

async function timeWaking(site: Site, line: Line, times: number): Promise<void> {
  const { client } = site
  const [long, short] = await Promise.all([
    client.start(inParallelTwice, { tasks: 5_000 }),
    client.start(inParallelTwice, { tasks: 1 }),
  ])
  const isWaiting = async (id: string) => (await client.handle(id).describe()).status === 'WAITING'
  for (const { id } of [long, short]) while (!(await isWaiting(id))) await new Promise((resolve) => setTimeout(resolve, 50))
  for (let time = 0; time < times; time += 1) {
    await site.restartService()
    const took = async (id: string): Promise<number> => {
      const began = performance.now()
      await client.handle(id).describe()
      return performance.now() - began
    }
    // The first reading of all compiles the code.
    const warm = await client.start(inParallelTwice, { tasks: 1 })
    await took(warm.id)
    await warm.terminate()
    await atRest(site.servicePids)
    const ofShort = await took(short.id)
    line.ours.add((await took(long.id)) - ofShort)
  }
  for (const { id } of [long, short]) await client.handle(id).signal(go, 1)
  await Promise.all([long.result(), short.result()])
}
