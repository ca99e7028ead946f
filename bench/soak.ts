/**
 * `npm run soak`: a service and a worker at work for an hour, and what they have in memory meanwhile. Ten thousand
 * executions are open all the time; others are started, signalled and closed without a pause, and go three minutes later,
 * so that all is as much at the end as it was after a while.
 *
 * Growth is judged after a third of the time, when caches are full: by the line through all readings since.
 */
import { parseArgs } from 'node:util'
import { answering, expected, go, inParallel, inSequence } from './code.ts'
import { openFiles, residentMb, sumOf } from './process-figures.ts'
import { Site } from './site.ts'
import { eachOf } from './workloads/each-of.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    open: { type: 'string', default: '10000' },
    /** Minutes for which closed executions are kept; with more than the soak has, they only become more. */
    retention: { type: 'string', default: '3' },
  },
})
const minutes = Number(values.minutes)
const open = Number(values.open)
const retentionMs = Number(values.retention) * 60_000
if (!(minutes > 0)) throw new RangeError('--minutes takes a number above 0')
if (!(retentionMs >= 60_000)) throw new RangeError('--retention takes a number of 1 or more')
if (!Number.isInteger(open) || open < 0) throw new RangeError('--open takes a whole number')

const readEveryMs = Math.min(10_000, (minutes * 60_000) / 60)
/** What a process may gain in an hour. */
const mostMbAnHour = 50
const atOnce = 10

interface Reading {
  hours: number
  service: number
  worker: number
  files: number
}

process.once('SIGINT', () => process.exit(130))
const site = await Site.open({ settings: { retentionMs } })
const { client } = site
const readings: Reading[] = []
const counts = { executions: 0 }
const began = performance.now()
const endsAt = began + minutes * 60_000

async function work(index: number): Promise<void> {
  for (let turn = index; performance.now() < endsAt; turn += 1) {
    counts.executions += 1
    if (turn % 3 === 0) {
      const handle = await client.start(answering)
      await handle.signal(go, turn)
      if ((await handle.result()) !== turn) throw new Error('a wrong answer')
      continue
    }
    const size = turn % 3 === 1 ? { tasks: 5 } : { tasks: 20 }
    const result = await client.execute(turn % 3 === 1 ? inSequence : inParallel, size)
    if (result !== expected(size)) throw new Error('a wrong result')
  }
}

async function read(): Promise<void> {
  while (performance.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, readEveryMs))
    readings.push({
      hours: (performance.now() - began) / 3_600_000,
      service: sumOf(site.servicePids, residentMb),
      worker: residentMb(site.workerPid),
      files: sumOf(site.servicePids, openFiles),
    })
  }
}

/** By least squares, in an hour. */
function growth(of: (reading: Reading) => number): number {
  const settled = readings.slice(Math.floor(readings.length / 3))
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(settled.map(({ hours }) => hours)), mean(settled.map(of))]
  const over = settled.reduce((sum, each) => sum + (each.hours - x) * (of(each) - y), 0)
  const under = settled.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0)
  return over / under
}

try {
  await eachOf(open, (index) => client.start(answering, undefined, { id: `open-${index}` }))
  console.error(`${open} executions are open`)
  await Promise.all([read(), ...Array.from({ length: atOnce }, (_, index) => work(index))])
  const listed = await client.count()
  console.log(`${counts.executions} executions in ${minutes} minutes, beside ${open} open ones; ${listed} are there at last`)
  const [first, last] = [readings[0], readings.at(-1)]
  const shown = (['service', 'worker', 'files'] as const).map((what) => ({ what, hourly: growth((reading) => reading[what]) }))
  for (const { what, hourly } of shown) {
    const unit = what === 'files' ? '' : ' MB'
    console.log(
      `${what}: ${first?.[what].toFixed(0)}${unit} at first, ${last?.[what].toFixed(0)}${unit} at last, ${hourly.toFixed(1)}${unit} an hour`,
    )
  }
  const isGrowing = shown.some(({ what, hourly }) => what !== 'files' && hourly > mostMbAnHour)
  if (isGrowing) console.error(`more than ${mostMbAnHour} MB an hour`)
  process.exitCode = isGrowing ? 1 : 0
} finally {
  await site.close()
}
