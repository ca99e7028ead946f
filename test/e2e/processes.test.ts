/** Several processes divide the objects behind one port: nobody outside notices, and each object has one home. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeOf } from '../../durable/homes.ts'
import { objectsFolders } from '../../scripts/data-division.ts'
import { executionsIn } from '../../scripts/data-folder.ts'
import { repository } from '../../scripts/repository.ts'
import { go, whole } from './processes.ts'
import { runScript } from './script.ts'
import { Stage } from './stage.ts'

const entry = fileURLToPath(new URL('./processes.ts', import.meta.url))
const ids = Array.from({ length: 12 }, (_, n) => `whole-${n}`)

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ entry, processes: 3 })
  await stage.worker({ PERDURE_WORKER: 'processes' })
})
afterAll(() => stage.close())

const result = (n: number): number => 4 * n + 1

test('tasks, children, signals, lists and streams work across them', async () => {
  const { client } = stage
  const handles = await Promise.all(ids.map((id, n) => client.start(whole, { n }, { id })))
  const [first] = handles
  const watched = (async () => {
    const sequences: number[] = []
    for await (const { sequence } of client.handle(first?.id ?? '').watch()) sequences.push(sequence)
    return sequences
  })()
  await Promise.all(handles.map((handle) => handle.signal(go, 1)))
  expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(ids.map((_, n) => result(n)))
  expect(await watched).toEqual((await client.handle(first?.id ?? '').history()).events.map(({ sequence }) => sequence))
  await expect.poll(() => client.count({ query: 'status = COMPLETED' }), { timeout: 10_000 }).toBe(2 * ids.length)
  await expect(client.handle('nobody').describe()).rejects.toThrow('there is no execution nobody')
})

test('L1 each object lives in one of them, and every process has some', async () => {
  const folders = (await objectsFolders(stage.path('data'))).map((folder) => join(folder, 'perdure-workflow-execution'))
  const files = await Promise.all(folders.map((folder) => readdir(folder)))
  const living = files.map((names) => names.filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)))
  expect(living.map((names) => names.length > 0)).toEqual([true, true, true])
  expect(new Set(living.flat()).size).toBe(living.flat().length)
  expect(await executionsIn(stage.path('data'), 'acme')).toHaveLength(2 * ids.length)
  for (const name of ids) {
    const claims = ['0/3', '1/3', '2/3'].filter((place) => homeOf(place, `acme/${name}`) === undefined)
    expect(claims).toHaveLength(1)
  }
})

test('kill -9 of all of them: what was waiting goes on', async () => {
  const { client } = stage
  const handles = await Promise.all(ids.map((_, n) => client.start(whole, { n }, { id: `again-${n}` })))
  await stage.crash()
  await Promise.all(handles.map((handle) => handle.signal(go, 1)))
  expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(ids.map((_, n) => result(n)))
})

test('where one of them ends, the service ends; the same data is not divided otherwise', async () => {
  const { service } = stage
  expect(service.pids).toHaveLength(3)
  process.kill(service.pids[1] ?? 0, 'SIGKILL')
  await service.stopped
  for (const pid of service.pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  for (const more of [[], ['--processes', '2']]) {
    const args = ['--data', stage.path('data'), '--port', '0', ...more]
    const { code, errors } = await runScript(join(repository, 'scripts', 'start.ts'), args, { PERDURE_ROOT_KEY: service.rootKey })
    expect({ code, errors }).toEqual({
      code: 2,
      errors: `${stage.path('data')} is divided among 3 processes, and stays so: start it with --processes 3\n`,
    })
  }
})
