/**
 * `npm run bench:index`: how far the index is behind the executions, and how long it takes to answer. Executions of one task
 * are started at a steady pace; a reader asks for the list again and again and notes when it first sees each of them, open
 * and closed. What it sees is late by up to one of its own requests.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client } from 'perdure/client'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { startService } from '../scripts/service.ts'
import { startWorker } from '../scripts/worker-process.ts'
import { inSequence } from './code.ts'

const { values } = parseArgs({
  options: { executions: { type: 'string', default: '200' }, 'per-second': { type: 'string', default: '5' } },
})
const executions = Number(values.executions)
const everyMs = 1_000 / Number(values['per-second'])
// One page is what the reader asks for.
if (!(executions >= 1 && executions <= 900)) throw new RangeError('--executions takes a number from 1 to 900')
if (!(everyMs > 0)) throw new RangeError('--per-second takes a number above 0')

const org = 'bench'
process.once('SIGINT', () => process.exit(130))
const data = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
const service = await startService({ data })
await makeOrganisation(service, org)
const { key } = await makeKey(service, org, 'admin')
const env = { PERDURE_URL: service.url, PERDURE_ORG: org, PERDURE_API_KEY: key }
const worker = await startWorker({ entry: fileURLToPath(new URL('worker.ts', import.meta.url)), env })
const client = new Client({ url: service.url, org, apiKey: key })

const startedAt = new Map<string, number>()
const closedAt = new Map<string, number>()
const seenAt = new Map<string, number>()
const seenClosedAt = new Map<string, number>()

async function run(id: string): Promise<void> {
  const handle = await client.start(inSequence, { tasks: 1 }, { id, attributes: { customer: `c${id.length}`, id } })
  startedAt.set(id, performance.now())
  await handle.result()
  closedAt.set(id, performance.now())
}

/** Reads the newest again and again; how long a reading took. */
async function watch(): Promise<number[]> {
  const readings: number[] = []
  while (seenClosedAt.size < executions) {
    const began = performance.now()
    const { items } = await client.list({ limit: 1_000, query: 'id STARTS WITH "execution-"' })
    const now = performance.now()
    readings.push(now - began)
    for (const { id, closedAt } of items) {
      if (!seenAt.has(id)) seenAt.set(id, now)
      if (closedAt !== undefined && !seenClosedAt.has(id)) seenClosedAt.set(id, now)
    }
  }
  return readings
}

const quantile = (sorted: number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`

function print(name: string, times: number[]): void {
  const sorted = times.toSorted((one, other) => one - other)
  const shown = [0.5, 0.9, 0.99, 1].map((share) => ms(quantile(sorted, share)))
  console.log(`${name.padEnd(44)} ${shown.map((each) => each.padStart(9)).join(' ')}`)
}

const lags = (happened: Map<string, number>, seen: Map<string, number>): number[] =>
  [...happened].map(([id, at]) => Math.max(0, (seen.get(id) ?? Number.NaN) - at))

async function time(query: string): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < 20; index += 1) {
    const began = performance.now()
    await client.count({ query })
    times.push(performance.now() - began)
  }
  return times
}

try {
  // Compiled code and open connections first.
  await client.execute(inSequence, { tasks: 1 })
  const reading = watch()
  const runs: Promise<void>[] = []
  for (let index = 0; index < executions; index += 1) {
    runs.push(run(`execution-${index}`))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  await Promise.all(runs)
  console.log(
    `${executions} executions, ${values['per-second']} a second${' '.repeat(Math.max(1, 17 - values['per-second'].length))}       p50       p90       p99   longest`,
  )
  print('a reading of the list', await reading)
  print('started, until it is listed', lags(startedAt, seenAt))
  print('closed, until it is listed as closed', lags(closedAt, seenClosedAt))
  print('count by status', await time('status = COMPLETED'))
  print('count by attribute', await time('attributes.id = "execution-7"'))
  print('count of what is stuck', await time('stuck = true'))
} finally {
  await Promise.all([worker.kill('SIGKILL'), service.kill()])
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
}
