/** P4: workflows of one task in a second, 50 at once. The floor is bare objects that make the same commits. */
import { inSequence } from '../code.ts'
import { Line } from '../line.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

const atOnce = 50

export function throughput({ quick }: Scale): Workload {
  const workflows = quick ? 100 : 400
  const line = new Line({
    id: 'P4',
    name: `1-task workflows, ${atOnce} at once`,
    unit: '/s',
    target: { ratioAtLeast: 0.6 },
    job: { type: 'throughput', workflows },
    restateEarlier: 248,
  })
  return {
    id: 'P4',
    lines: [line],
    async round({ client, floor }: Stage) {
      line.ours.add(await perSecond(workflows, () => client.execute(inSequence, { tasks: 1 })))
      line.floor.add(await perSecond(workflows, () => floor.sequence(2)))
    },
  }
}

/** So many in all, 50 at a time. */
export async function perSecond(count: number, operation: () => Promise<unknown>): Promise<number> {
  let left = count
  const began = performance.now()
  const one = async () => {
    while (left > 0) {
      left -= 1
      await operation()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return (count * 1_000) / (performance.now() - began)
}
