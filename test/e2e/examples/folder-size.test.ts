/** examples/folder-size: a workflow for each folder, compared with a plain sum; by worker processes that are killed. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderSize, type Size } from '../../../examples/folder-size/folder-size.ts'
import { repository } from '../../../scripts/repository.ts'
import { runScript } from '../script.ts'
import { Stage } from '../stage.ts'

const example = (file: string): string => join(repository, 'examples', 'folder-size', file)
const tree = join(repository, 'docs')

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ entry: example('worker.ts') })
})
afterAll(async () => {
  execFileSync('rm', ['-rf', stage.path('deep')])
  await stage.close()
})

async function plainSize(folder: string): Promise<Size> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: files.length, unread: [] }
}

test('measure.ts prints the size of a folder', async () => {
  await stage.worker()
  const { code, out, errors } = await runScript(example('measure.ts'), [tree], stage.env)
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const { bytes, files } = await plainSize(tree)
  expect(out).toBe(`{ bytes: ${bytes}, files: ${files}, unread: [] }\n`)
})

test('N12: a tree of 85 folders, its workers killed while it runs: the sum is right', { timeout: 120_000 }, async () => {
  const top = stage.path('tree')
  const grow = async (folder: string, depth: number): Promise<void> => {
    await mkdir(folder)
    await writeFile(join(folder, 'file'), 'x'.repeat(10 + depth))
    if (depth > 0) await Promise.all([1, 2, 3, 4].map((n) => grow(join(folder, `${n}`), depth - 1)))
  }
  await grow(top, 3)
  const handle = await stage.client.start(folderSize, top)
  const childrenOf = async () => (await handle.history()).events.filter(({ type }) => type.startsWith('CHILD_WORKFLOW_')).length
  const doomed = await stage.worker()
  await expect.poll(childrenOf, { timeout: 20_000, interval: 5 }).toBeGreaterThanOrEqual(4)
  await doomed.kill('SIGKILL')
  await stage.worker()
  const result = await handle.result()
  expect(result).toEqual(await plainSize(top))
  expect(result.files).toBe(85)
})

test('a folder that cannot be read fails its child, and is counted as unread', async () => {
  await stage.worker()
  // A path of more than 4,096 bytes can be made step by step, and not be read in one.
  const name = 'x'.repeat(200)
  execFileSync('bash', ['-c', `mkdir deep && cd -P deep && for i in {1..21}; do mkdir ${name} && cd -P ${name}; done`], {
    cwd: stage.folder,
  })
  const { bytes, files, unread } = await stage.client.execute(folderSize, stage.path('deep'))
  expect({ bytes, files }).toEqual({ bytes: 0, files: 0 })
  expect(unread).toEqual([expect.stringContaining(name)])
  expect(existsSync(unread[0] ?? '')).toBe(false)
})
