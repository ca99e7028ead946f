/**
 * `npm run bench:latency`: how long a start, a sequence and a fan-out take on an idle service, beside bare objects in the
 * same run. Rounds are interleaved, so that a slow moment of the machine meets floors and workloads alike.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { repository } from '../scripts/repository.ts'
import { startService } from '../scripts/service.ts'
import { startWorker } from '../scripts/worker-process.ts'
import { Floors } from './floors/floors.ts'
import { serveFloors } from './floors/server.ts'
import { reportOf, tableOf } from './latency-report.ts'
import { type Workload, workloads } from './latency-rows.ts'
import { expected } from './workloads.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, quick: { type: 'boolean', default: false } },
})
const rounds = values.quick ? 1 : Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds takes a whole number from 1, not "${values.rounds}"`)

const org = 'bench'
const objects = 10
const rows = 30

// Leaving ends the processes that were started here.
process.once('SIGINT', () => process.exit(130))
const data = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
const service = await startService({ data })
await makeOrganisation(service, org)
const { key } = await makeKey(service, org, 'admin')
const env = { PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: key }
const worker = await startWorker({ entry: fileURLToPath(new URL('worker.ts', import.meta.url)), env })
const floorServer = await serveFloors(data)
let floors = await Floors.connect(floorServer)
const client = new Client({ url: service.url, org, apiKey: key })

async function once({ workflow, tasks }: Workload): Promise<void> {
  const result = await client.execute(workflow, { tasks })
  if (result !== expected({ tasks })) throw new Error(`${tasks} tasks gave ${result}`)
}

async function round(floors: Floors, measured: readonly Workload[]): Promise<void> {
  await floors.round(objects, rows)
  for (const workload of measured) {
    for (let repeat = 0; repeat < workload.repeats; repeat += 1) await workload.sample.time(() => once(workload))
  }
}

try {
  // Compiled code and open connections first: the figures are those of a service at work, not of its first second.
  await round(floors, workloads())
  floors.close()
  floors = await Floors.connect(floorServer)
  const measured = workloads()
  for (let index = 1; index <= rounds; index += 1) {
    await round(floors, measured)
    console.error(`round ${index} of ${rounds}`)
  }
  const report = reportOf(rounds, floors, measured)
  console.log(tableOf(report))
  const folder = join(repository, 'dist', 'bench')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'latency.json'), `${JSON.stringify(report, undefined, 2)}\n`)
} finally {
  floors.close()
  await Promise.all([worker.kill('SIGKILL'), service.kill(), floorServer.close()])
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
}
