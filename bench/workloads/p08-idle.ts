/** P8: what nothing costs. Executions that wait, and a worker that is idle: processor time of the service, requests. */
import { Worker } from 'perdure/worker'
import { answering, go } from '../code.ts'
import { Line } from '../line.ts'
import { processorMs, sumOf } from '../process-figures.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'
import { eachOf } from './each-of.ts'

/** Objects that nobody asks are evicted after some ten seconds, and alarms of the start fire after five. */
const settleMs = 20_000

export function idle({ quick }: Scale): Workload {
  const count = quick ? 200 : 10_000
  const watchMs = quick ? 10_000 : 60_000
  const shown = count.toLocaleString('en-GB')
  const service = new Line({ id: 'P8', name: `service, ${shown} waiting executions`, unit: 'ms/min', target: {} })
  const requests = new Line({ id: 'P8', name: 'requests of an idle worker', unit: 'requests', target: { atMost: 0 } })
  return {
    id: 'P8',
    lines: [service, requests],
    once: true,
    async round({ site: { client, place, servicePids } }: Stage) {
      const handles = await eachOf(count, () => client.start(answering))
      const worker = new Worker({ ...place, queue: 'idle', workflows: [answering] })
      const connected = new Promise((resolve) => worker.on('connected', resolve))
      const running = worker.run()
      await connected
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      const before = { processor: sumOf(servicePids, processorMs), requests: worker.metrics.requests }
      await new Promise((resolve) => setTimeout(resolve, watchMs))
      service.ours.add(((sumOf(servicePids, processorMs) - before.processor) * 60_000) / watchMs)
      requests.ours.add(worker.metrics.requests - before.requests)
      await worker.stop()
      await running
      await eachOf(count, (index) => handles[index]?.signal(go, index))
    },
  }
}
