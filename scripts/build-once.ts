/** Builds what is missing or older than its sources, so that processes which are started run the present code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { repository, serviceBundle } from './repository.ts'

interface Target {
  /** As `tsdown.config.ts` names it. */
  name: string
  output: string
  sources: string[]
}

const service: Target = { name: 'service', output: serviceBundle, sources: ['schemas', 'engine', 'durable', 'src'] }
const sdk: Target = { name: 'sdk', output: join(repository, 'sdk', 'dist', 'index.js'), sources: ['schemas', 'engine', 'sdk'] }

export async function buildService(): Promise<void> {
  if (await stale(service)) await build(service)
}

/** Vitest calls this before tests that start processes: services, and workers that import the package. */
export default async function buildOnce(): Promise<void> {
  await buildService()
  if (await stale(sdk)) await build(sdk)
}

async function stale({ output, sources }: Target): Promise<boolean> {
  const [built, ...changed] = await Promise.all([modified(output), ...sources.map((folder) => newest(join(repository, folder)))])
  return built <= Math.max(...changed)
}

async function build({ name }: Target): Promise<void> {
  const tsdown = createRequire(import.meta.url).resolve('tsdown/run')
  const child = spawn(process.execPath, [tsdown, '-F', name], { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the build of ${name} failed:\n${output}`)
}

const modified = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true })
  const times = entries.map((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return 0
    const path = join(folder, entry.name)
    return entry.isDirectory() ? newest(path) : modified(path)
  })
  return Math.max(0, ...(await Promise.all(times)))
}
