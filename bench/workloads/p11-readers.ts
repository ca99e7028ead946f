/** P11: live readers of one execution. Each gets every event, in order; the slowest has the last soon after it happened. */
import type { WorkflowHandle } from 'perdure/client'
import { go, inParallelTwice } from '../code.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

const tasks = 500

export function readers({ quick }: Scale): Workload {
  const count = quick ? 20 : 100
  const line = new Line({
    id: 'P11',
    name: `${count} readers of 1,000 events, the slowest after the last`,
    unit: 'ms',
    target: { atMost: 1_000 },
  })
  return {
    id: 'P11',
    lines: [line],
    async round({ site: { client } }: Stage) {
      const handle = await client.start(inParallelTwice, { tasks: 0 })
      const reading = Array.from({ length: count }, () => follow(handle))
      await Promise.all(reading.map(({ begun }) => begun))
      await handle.signal(go, tasks)
      const ends = await Promise.all(reading.map(({ ended }) => ended))
      for (const { last } of ends) if (last < 2 * tasks) throw new Error(`a reader got ${last} events`)
      line.ours.add(Math.max(...ends.map(({ at, closedAt }) => at - closedAt)))
    },
  }
}

function follow(handle: WorkflowHandle<number>) {
  const begun = Promise.withResolvers<void>()
  const read = async () => {
    let last = 0
    let closedAt = 0
    for await (const event of handle.watch()) {
      if (event.sequence !== last + 1) throw new Error(`${event.sequence} came after ${last}`)
      last = event.sequence
      closedAt = event.at
      begun.resolve()
    }
    return { last, closedAt, at: Date.now() }
  }
  return { begun: begun.promise, ended: read() }
}
