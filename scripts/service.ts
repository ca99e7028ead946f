/**
 * Runs the service as `npm start` does, for whoever needs one: the command line, tests, the demo, the benchmarks.
 *
 * The process is `workerd` itself; everything that must survive it is in the data folder. Killed in any way, it can be
 * started again on the same folder and port.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { buildService } from './build-once.ts'
import { claim, expectUnclaimed } from './data-claim.ts'
import { freePort, isFree } from './free-port.ts'
import { serviceBundle } from './repository.ts'
import { randomRootKey } from './root-key.ts'
import { UsageError } from './usage-error.ts'
import { workerd } from './workerd-binary.ts'
import { workerdConfig } from './workerd-config.ts'

export interface ServiceOptions {
  /** A folder; made if it is not there. */
  data: string
  /** 0 or absent: a free one. */
  port?: number
  /** Absent: a new one, told in the answer. Started again on the same data, it should be the same. */
  rootKey?: string
  /** What the service writes goes to this process's own streams; else it is kept for error messages only. */
  verbose?: boolean
}

export interface Service {
  url: string
  port: number
  rootKey: string
  pid: number
  /** Sends a signal and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Settles when the process is gone, for whatever reason. */
  stopped: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const host = '127.0.0.1'
const startMs = 30_000
/** `workerd` waits for open connections, and workers never leave theirs; what was answered is on disk. */
const graceMs = 2_000

/** @throws UsageError when the port is taken, the folder cannot be made, or another service is at work on it */
export async function startService(options: ServiceOptions): Promise<Service> {
  await buildService()
  const data = isAbsolute(options.data) ? options.data : join(process.cwd(), options.data)
  const port = options.port || (await freePort(host))
  await expectUnclaimed(data)
  // Else whoever has the port would be taken for this service: it may well answer as one.
  if (!(await isFree(host, port))) throw new UsageError(`port ${port} of ${host} is taken: another one is chosen with --port`)
  const objects = join(data, 'objects')
  await mkdir(objects, { recursive: true }).catch((error: Error) => {
    throw new UsageError(`${data} cannot be the data folder: ${error.message}`)
  })
  const rootKey = options.rootKey ?? randomRootKey()
  const config = join(data, 'workerd.capnp')
  await writeFile(config, workerdConfig({ bundle: relative(data, serviceBundle), data: objects, host, port }))
  const child = spawn(workerd, ['serve', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The key travels in the environment: it is in no file and in no list of processes.
    env: { ...process.env, PERDURE_ROOT_KEY: rootKey },
  })
  const output = keepOutput(child, options.verbose ?? false)
  const stopped = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  void stopped.finally(() => process.off('exit', end))
  const url = `http://${host}:${port}`
  await ready(url, child, output)
  if (child.pid !== undefined) await claim(data, { url, pid: child.pid })
  return {
    url,
    port,
    rootKey,
    pid: child.pid ?? 0,
    stopped,
    async kill(signal = 'SIGTERM') {
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await stopped
      clearTimeout(late)
    },
  }
}

/** Keeps the last of what was written, for the message when a start fails. */
function keepOutput(child: ChildProcess, verbose: boolean): { text: string } {
  const output = { text: '' }
  for (const [stream, own] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream?.on('data', (chunk: Buffer) => {
      output.text = (output.text + chunk.toString()).slice(-4_000)
      if (verbose) own.write(chunk)
    })
  }
  return output
}

async function ready(url: string, child: ChildProcess, output: { text: string }): Promise<void> {
  const until = Date.now() + startMs
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the service did not start:\n${output.text}`)
    const answered = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  child.kill('SIGKILL')
  throw new Error(`the service was not ready after ${startMs} ms:\n${output.text}`)
}
