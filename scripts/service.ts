/**
 * Runs the service as `npm start` does, for whoever needs one: the command line, tests, the demo, the benchmarks.
 *
 * It is `workerd` itself, in one process or in several that divide the objects behind one port; everything that must survive
 * is in the data folder. Killed in any way, it can be started again on the same folder and port.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { buildService } from './build-once.ts'
import { claim, expectUnclaimed } from './data-claim.ts'
import { expectDivision, noteDivision, objectsFolder } from './data-division.ts'
import { freePort, isFree } from './free-port.ts'
import { listenFor } from './listening.ts'
import { serviceBundle } from './repository.ts'
import { randomRootKey } from './root-key.ts'
import { UsageError } from './usage-error.ts'
import { workerdConfig } from './workerd-config.ts'
import { type Stopped, WorkerdProcess } from './workerd-process.ts'

export interface ServiceOptions {
  /** A folder; made if it is not there. */
  data: string
  /** 0 or absent: a free one. */
  port?: number
  /** How many divide the objects; 1. A folder keeps the number that it was first started with. */
  processes?: number
  /** Absent: a new one, told in the answer. Started again on the same data, it should be the same. */
  rootKey?: string
  /** What the service writes goes to this process's own streams; else it is kept for error messages only. */
  verbose?: boolean
}

export interface Service {
  url: string
  port: number
  rootKey: string
  /** The first of its processes. */
  pid: number
  pids: number[]
  /** Sends a signal and waits until the service is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Settles when the service is gone, for whatever reason: where one process ends, all end. */
  stopped: Promise<Stopped>
}

const host = '127.0.0.1'
const startMs = 30_000
/** `workerd` waits for open connections, and workers never leave theirs; what was answered is on disk. */
const graceMs = 2_000

/** @throws UsageError when the port is taken, the folder cannot be made or is divided otherwise, or has a service at work */
export async function startService(options: ServiceOptions): Promise<Service> {
  await buildService()
  const { processes = 1, verbose = false } = options
  const data = isAbsolute(options.data) ? options.data : join(process.cwd(), options.data)
  const port = options.port || (await freePort(host))
  await expectUnclaimed(data)
  // Else whoever has the port would be taken for this service: it may well answer as one.
  if (!(await isFree(host, port))) throw new UsageError(`port ${port} of ${host} is taken: another one is chosen with --port`)
  await expectDivision(data, processes)
  const folders = Array.from({ length: processes }, (_, place) => objectsFolder(data, place))
  for (const folder of folders) {
    await mkdir(folder, { recursive: true }).catch((error: Error) => {
      throw new UsageError(`${data} cannot be the data folder: ${error.message}`)
    })
  }
  await noteDivision(data, processes)
  const rootKey = options.rootKey ?? randomRootKey()
  // Its path must be short, and nobody else may open what is in it.
  const meeting = processes === 1 ? undefined : await mkdtemp(join(tmpdir(), 'perdure-'))
  const sockets = folders.map((_, place) => join(meeting ?? '', String(place)))
  const listening = meeting === undefined ? undefined : await listenFor(host, port)
  const started: WorkerdProcess[] = []
  for (const [place, objects] of folders.entries()) {
    const config = join(data, place === 0 ? 'workerd.capnp' : `workerd-${place}.capnp`)
    const among = meeting === undefined ? {} : { among: { place, sockets } }
    await writeFile(config, workerdConfig({ bundle: relative(data, serviceBundle), data: objects, host, port, ...among }))
    started.push(new WorkerdProcess({ config, rootKey, verbose, ...(listening && { listening: listening.descriptor }) }))
  }
  listening?.leave()
  const end = (signal: NodeJS.Signals) => {
    for (const each of started) each.signal(signal)
  }
  const stopped = Promise.race(started.map((each) => each.stopped)).then(async (first) => {
    end('SIGKILL')
    await Promise.all(started.map((each) => each.stopped))
    if (meeting !== undefined) await rm(meeting, { recursive: true, force: true })
    return first
  })
  const url = `http://${host}:${port}`
  await ready(started, [...(meeting === undefined ? [] : sockets.map((socketPath) => ({ socketPath }))), { host, port }])
  const pids = started.map(({ pid }) => pid)
  await claim(data, { url, pids })
  return {
    url,
    port,
    rootKey,
    pid: pids[0] ?? 0,
    pids,
    stopped,
    async kill(signal = 'SIGTERM') {
      end(signal)
      const late = setTimeout(() => end('SIGKILL'), graceMs)
      await stopped
      clearTimeout(late)
    },
  }
}

/** Each of several answers the others before anybody is told of the service. */
async function ready(started: WorkerdProcess[], places: Place[]): Promise<void> {
  const until = Date.now() + startMs
  for (const place of places) {
    while (!(await answers(place))) {
      const ended = started.find(({ hasStopped }) => hasStopped)
      if (ended !== undefined) throw new Error(`the service did not start:\n${ended.output}`)
      if (Date.now() > until) {
        for (const each of started) each.signal('SIGKILL')
        throw new Error(`the service was not ready after ${startMs} ms:\n${started.map(({ output }) => output).join('\n')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

type Place = { socketPath: string } | { host: string; port: number }

const answers = (place: Place): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = request({ ...place, path: '/healthz', agent: false, timeout: 2_000 }, (message) => {
      message.resume()
      resolve(message.statusCode === 200)
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(false))
    asking.end()
  })
