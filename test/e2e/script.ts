/** A script in a process of its own, and what it printed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  code: number | null
  out: string
  errors: string
}

/** `input` is its standard input. */
export async function runScript(file: string, args: string[], env: Record<string, string>, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    env: { ...process.env, ...env },
  })
  const ended: Ended = { code: null, out: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ended.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    ended.errors += chunk.toString()
  })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { ...ended, code }
}
