/**
 * `npm run bench:readers`: many readers follow one execution, and some of them take a byte a second. How late the others are
 * with the last event, and how much memory the service has; first without the slow ones, then with them.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeKey, makeOrganisation } from '../scripts/organisation.ts'
import { type Service, startService } from '../scripts/service.ts'
import { type Address, FastReader, SlowReader } from './stream-readers.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', multiple: true, default: ['1000', '10000'] },
    bytes: { type: 'string', default: '1000' },
    sse: { type: 'string', default: '90' },
    websockets: { type: 'string', default: '10' },
    slow: { type: 'string', default: '1' },
  },
})
const bytes = Number(values.bytes)
const org = 'bench'
const atOnce = 32
const patienceMs = 120_000
process.once('SIGINT', () => process.exit(130))

interface Round {
  events: number
  slowSse: number
  slowSockets: number
}

const mebibytes = (kibibytes: number): string => `${(kibibytes / 1_024).toFixed(0)} MiB`

/** Resident memory of a process now, in KiB. */
async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN)
}

async function call(service: Service, key: string, method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${service.url}/api/orgs/${org}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

/** Each is an event; nobody else writes to this log. */
async function post(service: Service, key: string, executionId: string, events: number): Promise<void> {
  const payload = 'x'.repeat(bytes)
  let next = 0
  const one = async (): Promise<void> => {
    while (next < events) {
      next += 1
      await call(service, key, 'POST', `/workflow-executions/${executionId}/signals/word`, { payload, signalId: `${next}` })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

async function until(holds: () => boolean): Promise<boolean> {
  const end = performance.now() + patienceMs
  while (!holds() && performance.now() < end) await pause(50)
  return holds()
}

const quantile = (sorted: number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN

/** In a service of its own: memory that was once used is not given back. */
async function play({ events, slowSse, slowSockets }: Round): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'perdure-bench-'))
  const service = await startService({ data })
  try {
    await makeOrganisation(service, org)
    const { key } = await makeKey(service, org, 'admin')
    const address: Address = { url: service.url, org, key, executionId: 'read' }
    await call(service, key, 'POST', '/workflow-executions', { kind: 'nobody', id: 'read' })
    const fast = [
      ...Array.from({ length: Number(values.sse) }, () => new FastReader('sse', address)),
      ...Array.from({ length: Number(values.websockets) }, () => new FastReader('websocket', address)),
    ]
    const slow = [
      ...Array.from({ length: slowSse }, () => new SlowReader('sse', address)),
      ...Array.from({ length: slowSockets }, () => new SlowReader('websocket', address)),
    ]
    await Promise.all(fast.map(({ opened }) => opened))
    const before = await residentOf(service.pid)
    const samples: number[] = []
    const sampling = setInterval(() => void residentOf(service.pid).then((now) => samples.push(now)), 250)
    await post(service, key, 'read', events)
    const postedAt = performance.now()
    const all = await until(() => fast.every(({ sequence }) => sequence === events + 1))
    if (!all)
      throw new Error(`after ${patienceMs} ms ${fast.filter(({ sequence }) => sequence <= events).length} have not read it all`)
    // What the slow ones have not taken stays where it is.
    await pause(3_000)
    clearInterval(sampling)
    const after = await residentOf(service.pid)
    const late = (name: string): string => {
      const times = fast.filter((each) => each.name === name).map(({ at }) => Math.max(0, at - postedAt))
      const sorted = times.toSorted((one, other) => one - other)
      return `${quantile(sorted, 0.5).toFixed(0)} / ${(sorted.at(-1) ?? Number.NaN).toFixed(0)} ms`
    }
    const again = fast.reduce((sum, { connections }) => sum + connections - 1, 0)
    console.log(
      [
        `${events} events of ${bytes} bytes, slow: ${slowSse} SSE, ${slowSockets} WebSocket (they took ${slow.map((each) => each.bytes).join(', ') || 0} bytes)`,
        `  last event, median / slowest: ${values.sse} SSE ${late('sse')}, ${values.websockets} WebSocket ${late('websocket')}; came back ${again} times`,
        `  memory: ${mebibytes(before)} before, ${mebibytes(Math.max(...samples))} at most, ${mebibytes(after)} at the end`,
      ].join('\n'),
    )
    for (const reader of [...fast, ...slow]) reader.stop()
  } finally {
    await service.kill('SIGKILL')
    await rm(data, { recursive: true, force: true })
  }
}

const slow = Number(values.slow)
for (const each of values.events) {
  const events = Number(each)
  await play({ events, slowSse: 0, slowSockets: 0 })
  await play({ events, slowSse: slow, slowSockets: 0 })
  await play({ events, slowSse: 0, slowSockets: slow })
}
