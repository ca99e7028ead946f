/**
 * P5: timers that are due over one second, of one execution, and of as many that sleep. How late each fired is read from the
 * logs; none may be early, or twice. The floor is bare objects with an alarm each.
 */
import type { Client, WorkflowHandle } from 'perdure/client'
import { atRest } from '../at-rest.ts'
import { sleeping } from '../code.ts'
import type { FloorClient } from '../floor/client.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

export function timers({ quick }: Scale): Workload {
  const count = quick ? 100 : 1_000
  const shown = count.toLocaleString('en-GB')
  const common = { id: 'P5', unit: 'ms', figure: 'p99' } as const
  const inOne = new Line({ ...common, name: `${shown} timers of one execution, lateness p99`, target: { atMost: 50 } })
  const inMany = new Line({ ...common, name: `timers of ${shown} executions, lateness p99`, target: { ratioAtMost: 2 } })
  return {
    id: 'P5',
    lines: [inOne, inMany],
    async round({ site: { client, servicePids }, floor }: Stage) {
      await atRest(servicePids)
      const one = timesFrom(Date.now() + 2_000, count)
      const handle = await client.start(sleeping, { times: one })
      await handle.result()
      inOne.ours.add(...(await lateness(handle, one.length)))
      inMany.ours.add(...(await ofMany(client, count)))
      inMany.floor.add(...(await bare(floor, count)))
    },
  }
}

/** Spread evenly over a second. */
const timesFrom = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + Math.floor((index * 1_000) / count))

/** Making an execution or an object takes some ms: the time to make them all is left before the first is due. */
const preparationMs = (count: number): number => 5_000 + count * 30

async function ofMany(client: Client, count: number): Promise<number[]> {
  const times = timesFrom(Date.now() + preparationMs(count), count)
  const handles: WorkflowHandle<void>[] = []
  for (const time of times) handles.push(await client.start(sleeping, { times: [time] }))
  if (Date.now() > (times[0] ?? 0)) throw new Error('the timers were due before all of them were set')
  const all: number[] = []
  for (const handle of handles) {
    await handle.result()
    all.push(...(await lateness(handle, 1)))
  }
  return all
}

async function bare(floor: FloorClient, count: number): Promise<number[]> {
  const times = timesFrom(Date.now() + preparationMs(count), count)
  const names: string[] = []
  for (const time of times) names.push(await floor.wake(time))
  const all: number[] = []
  for (const name of names) {
    let late = await floor.late(name)
    while (late === null) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      late = await floor.late(name)
    }
    all.push(late)
  }
  return all
}

async function lateness(handle: WorkflowHandle<void>, count: number): Promise<number[]> {
  const due = new Map<string, number>()
  const late: number[] = []
  for await (const event of handle.events()) {
    if (event.type === 'TIMER_STARTED') due.set(event.data.timerId, event.data.fireAt)
    if (event.type !== 'TIMER_FIRED') continue
    const fireAt = due.get(event.data.timerId)
    if (fireAt === undefined || event.at < fireAt) throw new Error(`${event.data.timerId} fired early, or twice`)
    due.delete(event.data.timerId)
    late.push(event.at - fireAt)
  }
  if (late.length !== count) throw new Error(`${late.length} timers of ${count} have fired`)
  return late
}
