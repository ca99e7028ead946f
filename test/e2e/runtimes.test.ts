/** The same build of the SDK runs its worker suite on each of these runtimes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from '../../scripts/repository.ts'
import { language } from './runtimes/language.ts'
import { steps } from './runtimes/steps.ts'
import { Stage } from './stage.ts'

const program = fileURLToPath(new URL('./runtimes/program.ts', import.meta.url))
const bun = `${repository}/node_modules/.bin/bun`

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

test.each([
  ['Node', process.execPath, []],
  ['Bun', bun, ['run']],
])('on %s', { timeout: 120_000 }, async (_, command, args) => {
  const child = spawn(command, [...args, program], { env: { ...process.env, ...stage.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  const said: { name: string; ok: boolean; error?: string }[] = []
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const each = JSON.parse(line) as (typeof said)[number]
    said.push(each)
    if (each.name === 'waits for SIGTERM') child.kill('SIGTERM')
  })
  try {
    const [code] = await ended
    const names = [...steps, ...language].map(({ name }) => name)
    expect(said).toEqual([...names, 'waits for SIGTERM', 'SIGTERM drains'].map((name) => ({ name, ok: true })))
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
  } finally {
    child.kill('SIGKILL')
  }
})
