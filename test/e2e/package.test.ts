/** The package as it is published: packed, installed in an empty folder, checked by a user's compiler, and run. */
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { repository } from '../../scripts/repository.ts'
import { startService } from '../../scripts/service.ts'

const execute = promisify(execFile)
const deadline = { timeout: 60_000 }

let folder: string
const installed = (...path: string[]): string => join(folder, 'node_modules', 'perdure', ...path)

/** In the empty folder; its caches are npm's own. */
const npm = (...args: string[]) => execute('npm', args, { cwd: folder, ...deadline })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perdure-package-'))
  // What it depends on is packed from this checkout too, so that nothing is asked of a registry.
  const packages = ['zod', '@standard-schema/spec', '@noble/hashes'].map((name) => join(repository, 'node_modules', name))
  await npm('pack', '--ignore-scripts', '--pack-destination', folder, join(repository, 'sdk'), ...packages)
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => `./${name}`)
  expect(tarballs).toHaveLength(4)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  await npm('install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs)
  await copyFile(new URL('./package/app.ts', import.meta.url), join(folder, 'app.ts'))
})

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

test('it has the built doors, its licence and its guide, and nothing of where it was built', async () => {
  const files = (await readdir(installed(), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'package.json',
      'index.js',
      'index.d.ts',
      'client.d.ts',
      'worker.d.ts',
      'testing.d.ts',
    ]),
  )
  expect(files.filter(({ parentPath, name }) => parentPath !== installed('dist') && /\.[cm]?tsx?$/.test(name))).toEqual([])
  for (const { parentPath, name } of files) expect(await readFile(join(parentPath, name), 'utf8')).not.toContain(repository)
})

test('its doors export what they should, and nothing else', async () => {
  const script = `console.log(JSON.stringify(await Promise.all(
    ['perdure', 'perdure/client', 'perdure/worker', 'perdure/testing'].map(async (door) => Object.keys(await import(door))))))`
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, ...deadline })
  expect(JSON.parse(stdout)).toEqual([
    [
      'ApplicationFailure',
      'CancelledFailure',
      'ChildWorkflowFailure',
      'DeterminismError',
      'Failure',
      'InvalidInput',
      'PerdureError',
      'PromiseRejected',
      'StrayCallError',
      'TaskFailure',
      'TerminatedFailure',
      'TimeoutFailure',
      'defineSignal',
      'task',
      'workflow',
    ],
    [
      'Client',
      'ExecutionList',
      'NetworkError',
      'PerdureError',
      'ServiceError',
      'WorkflowCancelledError',
      'WorkflowFailedError',
      'WorkflowHandle',
      'WorkflowTerminatedError',
      'WorkflowTimedOutError',
    ],
    ['PerdureError', 'Worker'],
    ['DeterminismError', 'TestEnvironment', 'history', 'replay'],
  ])
})

test('its types hold for a user who checks everything', async () => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2023',
    noEmit: true,
    types: ['node'],
    typeRoots: [join(repository, 'node_modules', '@types')],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }))
  const compiler = join(repository, 'node_modules', '.bin', 'tsc')
  const { stdout } = await execute(compiler, ['-p', '.'], { cwd: folder, ...deadline }).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

test('it runs: a worker and a client against the service', async () => {
  const service = await startService({ data: join(folder, 'data') })
  try {
    await makeOrganisation(service, 'acme')
    const { key } = await makeKey(service, 'acme', 'admin')
    const { stdout } = await execute(process.execPath, ['--disable-warning=ExperimentalWarning', 'app.ts'], {
      cwd: folder,
      env: { ...process.env, PERDURE_URL: service.url, PERDURE_ORG: 'acme', PERDURE_API_KEY: key },
      ...deadline,
    })
    expect(JSON.parse(stdout)).toEqual({
      parts: ['4', String(2n ** 69n)],
      cause: ['half', 'Odd'],
      refused: ['of[0]'],
      same: true,
      tested: ['4', 'Odd'],
      classes: ['CancelledFailure', 'TerminatedFailure', 'TimeoutFailure', 'DeterminismError'],
    })
  } finally {
    await service.kill('SIGKILL')
  }
})
