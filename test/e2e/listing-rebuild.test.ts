/** `npm run index:rebuild`: the index is lost as a whole, with its file, and made anew. */
import { execFile } from 'node:child_process'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startService } from '../../scripts/service.ts'
import { Stage } from './stage.ts'

const script = fileURLToPath(new URL('../../scripts/index-rebuild.ts', import.meta.url))
const soon = { timeout: 30_000, interval: 50 }

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

async function rebuild(...more: string[]): Promise<string> {
  const flags = [
    '--disable-warning=ExperimentalWarning',
    script,
    '--url',
    stage.service.url,
    '--org',
    'acme',
    '--key',
    stage.apiKey,
  ]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...more])
  return stdout
}

const listed = async () => {
  const all = []
  for await (const summary of stage.client.list()) all.push(summary)
  return all
}

async function loseIndex(): Promise<void> {
  const { port, rootKey } = stage.service
  await stage.service.kill('SIGKILL')
  const folder = join(stage.path('data'), 'objects', 'perdure-execution-index')
  expect(await readdir(folder)).not.toEqual([])
  await rm(folder, { recursive: true })
  stage.service = await startService({ data: stage.path('data'), port, rootKey })
}

test('is the same as before, from the data folder or from a list of ids', { timeout: 180_000 }, async () => {
  await stage.worker()
  const ids = Array.from({ length: 30 }, (_, index) => `chain-${index}`)
  await Promise.all(ids.map((id, n) => stage.client.start('chain', { n: 2 }, { id, attributes: { n } })))
  await Promise.all(ids.map((id) => stage.client.handle(id).result()))
  for (const id of ['nobody-1', 'nobody-2']) await stage.client.start('nobody', undefined, { id, queue: 'lonely' })
  await stage.client.handle('nobody-1').terminate()
  await stage.client.handle('nobody-2').pause()
  const isSettled = 'status IN (COMPLETED, TERMINATED, PAUSED)'
  await vi.waitFor(async () => expect(await stage.client.count({ query: isSettled })).toBe(32), soon)
  const before = await listed()
  expect(await rebuild()).toContain('the index is identical: 32 executions')

  await loseIndex()
  expect(await rebuild('--data', stage.path('data'))).toContain('32 executions are known')
  expect(await listed()).toEqual(before)

  await loseIndex()
  await writeFile(stage.path('ids'), [...ids, 'nobody-1', 'nobody-2', 'never-there'].join('\n'))
  const said = await rebuild('--ids', stage.path('ids'))
  expect(said).toContain('33 executions are known, ')
  expect(await listed()).toEqual(before)
  expect(await rebuild()).toMatch(
    /32 rows were right, 0 were missing or wrong, 0 had no execution\nthe index is identical: 32 executions/,
  )
})
