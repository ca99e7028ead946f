/**
 * `npm run demo -- [folder]`: the main job on real input. A service, a worker in another process, the workflow
 * `digest-folder`, and at the end the same figures computed once more, plainly, to compare.
 */
import { isDeepStrictEqual } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'
import type { WorkflowHandle } from 'perdure/client'
import { UsageError } from '../../scripts/usage-error.ts'
import { Crashes, unhurried } from './crashes.ts'
import { type DemoOptions, demoOptions, usage } from './demo-options.ts'
import { digestFile } from './file-digest.ts'
import { changedSince, listFiles } from './file-list.ts'
import { follow } from './progress.ts'
import { grouped, reportOf } from './report.ts'
import { Stage } from './stage.ts'
import { type FolderSummary, summarise } from './summary.ts'
import { digestFolder } from './workflow.ts'

const barFormat = '{bar} {value}/{total} files · {events} events · {duration_formatted} {note}'

async function demonstrate({ folder, files, kill }: DemoOptions): Promise<void> {
  const listed = await listFiles({ folder, limit: files })
  if (listed.length === 0) throw new UsageError(`there are no files in ${folder}`)
  // Leaving runs what the stage does at exit: its processes and its data go with us.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  const stage = await Stage.open(kill ? unhurried(listed.length) : {})
  try {
    process.exitCode = await run(stage, { folder, files, kill })
  } finally {
    await stage.close()
  }
}

async function run(stage: Stage, { folder, files, kill }: DemoOptions): Promise<number> {
  console.log(`Service at ${stage.url}, worker connected. Digesting up to ${grouped(files)} files of ${folder}`)
  const began = performance.now()
  const beganAt = Date.now()
  const handle = await stage.client.start(digestFolder, { folder, limit: files }, { id: 'digest-1' })
  const crashes = kill ? new Crashes(stage) : undefined
  const events = await watch(handle, crashes)
  const summary = await handle.result()
  const elapsed = performance.now() - began
  console.log(`\n${reportOf(summary)}\n`)
  for (const crash of crashes?.told ?? []) console.log(`  ${crash}`)
  console.log(
    `${grouped(summary.files)} files in ${(elapsed / 1000).toFixed(1)} s, ${grouped(events)} events in the log of ${handle.id}`,
  )
  if (crashes && !crashes.complete) {
    console.error('The run ended before it could be interrupted as planned.')
    return 1
  }
  return compare(summary, { folder, files, since: beganAt })
}

/** Draws the bar until the run is closed, and strikes where `--kill` wants it. The number of events in the log. */
async function watch(handle: WorkflowHandle, crashes: Crashes | undefined): Promise<number> {
  const bar = new SingleBar(
    { format: barFormat, noTTYOutput: !process.stderr.isTTY, notTTYSchedule: 1_000 },
    Presets.shades_classic,
  )
  bar.start(1, 0, { events: 0, note: '' })
  try {
    let events = 0
    for await (const progress of follow(handle)) {
      events = progress.events
      bar.setTotal(Math.max(1, progress.total))
      bar.update(progress.done, { events, note: crashes?.told.at(-1) ?? '' })
      await crashes?.observe(progress)
    }
    return events
  } finally {
    bar.stop()
  }
}

interface Comparison {
  folder: string
  files: number
  /** When the run began: what was changed later may have been read before or after. */
  since: number
}

/** The same figures without a service: one file after another in this process. */
async function compare(summary: FolderSummary, { folder, files, since }: Comparison): Promise<number> {
  const paths = await listFiles({ folder, limit: files })
  const digests: Awaited<ReturnType<typeof digestFile>>[] = []
  for (const path of paths) digests.push(await digestFile({ folder, path }))
  if (isDeepStrictEqual(summary, summarise(digests))) {
    console.log('The result is the same as that of a plain sequential computation.')
    return 0
  }
  console.error('The result DIFFERS from that of a plain sequential computation.')
  const changed = await changedSince({ folder, limit: files }, since)
  if (changed.length > 0) console.error(`These were changed during the run: ${changed.join(', ')}. Try a folder that is at rest.`)
  return 1
}

try {
  const options = await demoOptions(process.argv.slice(2))
  if (options === 'help') console.log(usage)
  else await demonstrate(options)
} catch (error) {
  console.error(error instanceof UsageError ? `demo: ${error.message}\n\n${usage}` : error)
  process.exitCode = 1
}
