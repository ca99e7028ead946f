/** One `workerd`: started, its words kept or passed on, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { workerd } from './workerd-binary.ts'
import { publicSocket } from './workerd-config.ts'

export interface WorkerdOptions {
  config: string
  rootKey: string
  /** A descriptor that listens already, instead of the configured address. */
  listening?: number
  /** What it writes goes to this process's own streams; else it is kept for error messages only. */
  verbose: boolean
}

export interface Stopped {
  code: number | null
  signal: NodeJS.Signals | null
}

export class WorkerdProcess {
  readonly pid: number
  /** Settles when it is gone, for whatever reason. */
  readonly stopped: Promise<Stopped>
  readonly #child: ChildProcess
  #output = ''

  constructor({ config, rootKey, listening, verbose }: WorkerdOptions) {
    const [descriptors, more] = listening === undefined ? [[], []] : [[listening], ['--socket-fd', `${publicSocket}=3`]]
    this.#child = spawn(workerd, ['serve', config, ...more], {
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
      // The key travels in the environment: it is in no file and in no list of processes.
      env: { ...process.env, PERDURE_ROOT_KEY: rootKey },
    })
    this.pid = this.#child.pid ?? 0
    for (const [stream, own] of [
      [this.#child.stdout, process.stdout],
      [this.#child.stderr, process.stderr],
    ] as const) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-4_000)
        if (verbose) own.write(chunk)
      })
    }
    this.stopped = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }))
    const end = () => this.signal('SIGKILL')
    process.once('exit', end)
    void this.stopped.finally(() => process.off('exit', end))
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output
  }

  get hasStopped(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
