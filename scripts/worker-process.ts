/** A worker in a process of its own, for the demonstration, tests and benchmarks: started, watched, and killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface WorkerProcessOptions {
  /** A TypeScript file that runs a worker and prints the line `connected` when it is. */
  entry: string
  env: Record<string, string>
}

export interface WorkerProcess {
  pid: number
  /** Sends a signal and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  stopped: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Resolves when the worker is connected. */
export async function startWorker({ entry, env }: WorkerProcessOptions): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [entry], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000)
  })
  const stopped = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  void stopped.finally(() => process.off('exit', end))
  const lines = createInterface({ input: child.stdout })
  const connected = new Promise<boolean>((resolve) => lines.on('line', (line) => line === 'connected' && resolve(true)))
  if ((await Promise.race([connected, stopped])) !== true) throw new Error(`the worker ended before it was connected:\n${errors}`)
  return {
    pid: child.pid ?? 0,
    stopped,
    async kill(signal = 'SIGTERM') {
      child.kill(signal)
      await stopped
    },
  }
}
