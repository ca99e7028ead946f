/**
 * `npm run bench`: all workloads beside bare objects in the same run. Rounds are interleaved, so that a slow moment of the
 * machine meets everybody alike; what is compared are medians.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { repository } from '../scripts/repository.ts'
import { document } from './document.ts'
import type { Line } from './line.ts'
import { benchOptions } from './options.ts'
import type { Peer } from './peers/peer.ts'
import { openPeer } from './peers/peers.ts'
import { budgetOf, reportOf, tableOf } from './report.ts'
import { Sample } from './sample.ts'
import { Stage } from './stage.ts'
import { workloadsOf } from './workloads.ts'

/** What is hot is compiled well only after some thousand calls: everybody is warmed up alike. */
const warmUpMs = 40_000

const options = benchOptions(process.argv.slice(2))
// Leaving ends the processes that were started here.
process.once('SIGINT', () => process.exit(130))
process.setMaxListeners(100)
const stage = await Stage.open()
const workloads = workloadsOf(options.only, options)
const lines = workloads.flatMap((workload) => workload.lines)
const peers: Peer[] = []
try {
  for (const name of options.peers) peers.push(await openPeer(name)(join(stage.site.folder, name)))
  // Compiled code and open connections first: the figures are those of a service at work, not of its first minute.
  const warmUntil = performance.now() + (options.quick ? 0 : warmUpMs)
  do {
    for (const workload of workloadsOf(options.only, { quick: true })) {
      if (!workload.once) await workload.round(stage)
      await measurePeers(peers, workload.lines)
      await workload.close?.()
    }
  } while (performance.now() < warmUntil)
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const workload of workloads) {
      if (workload.once && round > 1) continue
      await workload.round(stage)
      await measurePeers(peers, workload.lines)
    }
    console.error(`round ${round} of ${options.rounds}`)
  }
  console.log(tableOf(lines))
  const counted = workloads.find((workload) => workload.counted !== undefined)?.counted
  if (counted !== undefined) console.log(budgetOf(counted))
  const file = options.json ?? join(repository, 'dist', 'bench', 'bench.json')
  await mkdir(dirname(file), { recursive: true })
  const report = reportOf(lines, counted, options)
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
  if (options.doc) await document(report, `npm run bench -- ${process.argv.slice(2).join(' ')}`)
} finally {
  for (const { close } of [...workloads, ...peers]) await close?.()
  await stage.close()
}

/** The same jobs as often, one peer after another. */
async function measurePeers(peers: readonly Peer[], lines: readonly Line[]): Promise<void> {
  for (const { job, ours, peers: samples } of lines) {
    if (job === undefined) continue
    for (const { name, run } of peers) {
      const sample = samples.get(name) ?? new Sample()
      samples.set(name, sample)
      while (sample.count < ours.count) sample.add(await run(job))
    }
  }
}
