/**
 * P4: workflows of one task in a second, 50 at once. The floor is bare objects that make the same commits. Beside it the same
 * on services of several processes, each alone on the machine with its worker while it is measured.
 */
import { inSequence } from '../code.ts'
import { Line } from '../line.ts'
import { atOnce, perSecond } from '../per-second.ts'
import { Site } from '../site.ts'
import type { Stage } from '../stage.ts'
import type { Scale, Workload } from '../workload.ts'

export function throughput({ quick }: Scale): Workload {
  const workflows = quick ? 100 : 400
  const common = { id: 'P4', unit: '/s', restateEarlier: 248 } as const
  const line = new Line({
    ...common,
    name: `1-task workflows, ${atOnce} at once`,
    target: { ratioAtLeast: 0.6 },
    job: { type: 'throughput', workflows },
  })
  const divided = [2, 4].map((processes) => ({
    processes,
    line: new Line({ ...common, name: `the same, ${processes} processes`, target: {} }),
  }))
  const sites = new Map<number, Site>()
  return {
    id: 'P4',
    lines: [line, ...divided.map((each) => each.line)],
    async round({ site, floor }: Stage) {
      line.ours.add(await workflowsPerSecond(site, workflows))
      line.floor.add(await perSecond(workflows, () => floor.sequence(2)))
      for (const { processes, line } of divided) {
        const site = sites.get(processes) ?? (await warm(processes, workflows))
        sites.set(processes, site)
        line.ours.add(await workflowsPerSecond(site, workflows))
      }
    },
    async close() {
      for (const site of sites.values()) await site.close()
    },
  }
}

export const workflowsPerSecond = ({ client }: Site, workflows: number): Promise<number> =>
  perSecond(workflows, () => client.execute(inSequence, { tasks: 1 }))

async function warm(processes: number, workflows: number): Promise<Site> {
  const site = await Site.open({ processes })
  await workflowsPerSecond(site, workflows * processes)
  return site
}
