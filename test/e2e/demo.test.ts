/** The demonstration as its users run it: a process, its words, its exit code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { repository } from '../../scripts/repository.ts'

const demo = join(repository, 'examples', 'digest-folder', 'demo.ts')

let folder: string
/** Where the demonstration puts its temporary data: looked at when it has ended. */
let temporary: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perdure-digested-'))
  temporary = await mkdtemp(join(tmpdir(), 'perdure-left-'))
})

afterEach(async () => {
  for (const path of [folder, temporary]) await rm(path, { recursive: true, force: true, maxRetries: 5 })
})

interface Ended {
  code: number | null
  out: string
  errors: string
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [demo, ...args], { env: { ...process.env, TMPDIR: temporary } })
  const printed = { out: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    printed.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    printed.errors += chunk.toString()
  })
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...printed }))
  return { child, printed, ended }
}

/** The cells of the row that begins with a word. */
const row = (out: string, first: string): string[] | undefined =>
  out
    .split('\n')
    .map((line) => line.split('│').map((cell) => cell.trim()))
    .find((cells) => cells[1] === first)
    ?.slice(1, -1)

describe('digests a folder of known content', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'below'))
    await writeFile(join(folder, 'a.md'), '# Title\n\ntwo words\n')
    await writeFile(join(folder, 'below', 'b.md'), '# Title\n\ntwo words\n')
    await writeFile(join(folder, 'c.ts'), 'export const one = 1')
    await writeFile(join(folder, 'empty.txt'), '')
    await writeFile(join(folder, 'picture.bin'), Uint8Array.of(0, 1, 2, 10, 10))
  })

  test('every figure is right', async () => {
    const { code, out, errors } = await start(folder).ended
    expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' })
    expect(row(out, 'Markdown')).toEqual(['Markdown', '2', '38', '6', '8'])
    expect(row(out, 'TypeScript')).toEqual(['TypeScript', '1', '20', '1', '5'])
    expect(row(out, 'Text')).toEqual(['Text', '1', '0', '0', '0'])
    expect(row(out, 'Other')).toEqual(['Other', '1', '5', '0', '0'])
    expect(row(out, 'All')).toEqual(['All', '5', '63', '7', '13'])
    expect(row(out, 'c.ts')).toEqual(['c.ts', '20'])
    // printf '# Title\n\ntwo words\n' | sha256sum
    expect(row(out, '22c0d35d5135129c')).toEqual(['22c0d35d5135129c', '2', '19', 'a.md'])
    expect(out).toContain('5 files in ')
    expect(out).toContain('The result is the same as that of a plain sequential computation.')
    expect(await readdir(temporary)).toEqual([])
  })

  test('--files ends the list early, nearest the top first', async () => {
    const { code, out } = await start(folder, '--files', '2').ended
    expect(code).toBe(0)
    expect(row(out, 'All')).toEqual(['All', '2', '39', '4', '9'])
  })

  test('an interrupted run leaves nothing behind', async () => {
    const { child, printed, ended } = start(folder, '--kill')
    await new Promise<void>((resolve) => {
      child.stdout.on('data', () => printed.out.includes('worker connected') && resolve())
    })
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(await readdir(temporary)).toEqual([])
  })
})

test('--kill: the worker and the service are killed in mid-run, and the result is the same', async () => {
  const { code, out, errors } = await start(join(repository, 'docs'), '--kill').ended
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' })
  expect(out).toMatch(/kill -9 of the worker after \d+ of \d+ files; started again/)
  expect(out).toMatch(/kill -9 of the service after \d+ of \d+ files; started again/)
  expect(out).toContain('The result is the same as that of a plain sequential computation.')
  expect(await readdir(temporary)).toEqual([])
})

describe('what cannot be done is said, with exit code 1', () => {
  test.each([
    [['no-such-folder'], 'there is no folder '],
    [[demo], ' is not a folder'],
    [['--files', '0'], '--files takes a whole number from 1 to 3000, not "0"'],
    [['--fast'], "Unknown option '--fast'"],
    [['one', 'two'], 'one folder, not 2'],
  ])('%j', async (args, message) => {
    const { code, errors } = await start(...args).ended
    expect(code).toBe(1)
    expect(errors).toContain('demo: ')
    expect(errors).toContain(message)
    expect(errors).not.toContain('file://')
  })

  test('a folder without files', async () => {
    const { code, errors } = await start(folder).ended
    expect(code).toBe(1)
    expect(errors).toContain('there are no files in ')
  })
})

test('--help', async () => {
  const { code, out } = await start('--help').ended
  expect(code).toBe(0)
  expect(out).toContain('npm run demo -- [folder]')
})
