/**
 * Scale-out: the throughput of P4 with more partitions of the queue, and with more shards of the index, on a service of
 * several processes.
 */
import { Line } from '../line.ts'
import { Site, type SiteOptions } from '../site.ts'
import type { Scale, Workload } from '../workload.ts'
import { workflowsPerSecond } from './p04-throughput.ts'

const processes = 4
const counts = [1, 2, 4, 8]

export function scaleOut({ quick }: Scale): Workload {
  const workflows = quick ? 100 : 400
  const line = (name: string) => new Line({ id: 'SCALE', name, unit: '/s', target: {} })
  const measured: { settings: SiteOptions['settings']; line: Line }[] = [
    ...counts.map((count) => ({
      settings: { partitions: { default: count } },
      line: line(`1-task workflows, ${count} partitions`),
    })),
    ...counts.map((count) => ({ settings: { indexShards: count }, line: line(`1-task workflows, ${count} index shards`) })),
  ]
  return {
    id: 'SCALE',
    lines: measured.map(({ line }) => line),
    async round() {
      for (const { settings, line } of measured) {
        const site = await Site.open({ processes, ...(settings && { settings }) })
        try {
          await workflowsPerSecond(site, workflows)
          line.ours.add(await workflowsPerSecond(site, workflows))
        } finally {
          await site.close()
        }
      }
    },
  }
}
