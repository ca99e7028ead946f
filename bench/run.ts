/**
 * `npm run bench`: all workloads beside bare objects in the same run. Rounds are interleaved, so that a slow moment of the
 * machine meets everybody alike; what is compared are medians.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { repository } from '../scripts/repository.ts'
import { benchOptions } from './options.ts'
import { budgetOf, reportOf, tableOf } from './report.ts'
import { Stage } from './stage.ts'
import { workloadsOf } from './workloads.ts'

const options = benchOptions(process.argv.slice(2))
// Leaving ends the processes that were started here.
process.once('SIGINT', () => process.exit(130))
const stage = await Stage.open()
const workloads = workloadsOf(options.only, options)
try {
  // Compiled code and open connections first: the figures are those of a service at work, not of its first second.
  for (const workload of workloadsOf(options.only, { quick: true })) {
    if (!workload.once) await workload.round(stage)
    await workload.close?.()
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const workload of workloads) {
      if (workload.once && round > 1) continue
      await workload.round(stage)
    }
    console.error(`round ${round} of ${options.rounds}`)
  }
  const lines = workloads.flatMap((workload) => workload.lines)
  console.log(tableOf(lines))
  const counted = workloads.find((workload) => workload.counted !== undefined)?.counted
  if (counted !== undefined) console.log(budgetOf(counted))
  const file = options.json ?? join(repository, 'dist', 'bench', 'bench.json')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(reportOf(lines, counted, options), undefined, 2)}\n`)
} finally {
  for (const workload of workloads) await workload.close?.()
  await stage.close()
}
