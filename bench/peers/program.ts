/** A program of a peer: started, watched until it is ready, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'

const readyMs = 60_000
const patienceMs = 5_000

export interface ProgramOptions {
  command: string
  args: readonly string[]
  cwd: string
  env?: Record<string, string>
  /** A line of its output by which it is known to be ready. */
  ready: RegExp
}

export class Program {
  readonly lines: Interface
  readonly #child: ChildProcess
  #output = ''

  private constructor({ command, args, cwd, env }: ProgramOptions) {
    // A group of its own: some of them start others, which must end with them.
    this.#child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-4_000)
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    if (this.#child.stdout === null) throw new Error(`${command} has no output`)
    this.lines = createInterface({ input: this.#child.stdout })
    process.once('exit', this.#end)
  }

  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options)
    const ready = new Promise<true>((resolve) => program.lines.on('line', (line) => options.ready.test(line) && resolve(true)))
    const late = new Promise((resolve) => setTimeout(resolve, readyMs).unref())
    if ((await Promise.race([ready, late, once(program.#child, 'exit')])) !== true) {
      program.#end()
      throw new Error(`${options.command} was not ready:\n${program.#output}`)
    }
    return program
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** The next line that it says. */
  async hear(): Promise<string> {
    const [line] = await once(this.lines, 'line')
    return String(line)
  }

  /** Asked first: some of them end what they started in groups of its own. */
  async close(): Promise<void> {
    const gone = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : undefined
    this.#signal('SIGTERM')
    const late = setTimeout(this.#end, patienceMs)
    await gone
    clearTimeout(late)
    this.#end()
    process.off('exit', this.#end)
  }

  readonly #end = (): void => this.#signal('SIGKILL')

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // The whole group is gone.
    }
  }
}
