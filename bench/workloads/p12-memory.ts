/** P12: what 1,000 kept runs take in a worker, and open executions in the service. */
import { answering, go } from '../code.ts'
import { Line } from '../line.ts'
import { residentMb, sumOf } from '../process-figures.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'
import { eachOf } from './each-of.ts'

const kept = 1_000

export function memory({ quick }: Scale): Workload {
  const open = quick ? kept : 10_000
  const shown = open.toLocaleString('en-GB')
  const worker = new Line({ id: 'P12', name: 'worker, 1,000 kept runs', unit: 'MB', target: { atMost: 200 } })
  const service = new Line({ id: 'P12', name: `service, ${shown} open executions`, unit: 'MB', target: {} })
  return {
    id: 'P12',
    lines: [worker, service],
    once: true,
    async round({ site: { client, workerPid, servicePids } }: Stage) {
      const handles = await eachOf(open, () => client.start(answering))
      await eachOf(kept, async (index) => {
        const handle = handles[open - kept + index]
        while ((await handle?.describe())?.status !== 'WAITING') await new Promise((resolve) => setTimeout(resolve, 20))
      })
      worker.ours.add(residentMb(workerPid))
      service.ours.add(sumOf(servicePids, residentMb))
      await eachOf(open, (index) => handles[index]?.signal(go, index))
    },
  }
}
