/** `npm start` as a stranger runs it: what it refuses, it refuses in words, and starts nothing. */
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { repository } from '../../scripts/repository.ts'
import { type Service, startService } from '../../scripts/service.ts'
import { runScript } from './script.ts'

const start = (...args: string[]) =>
  runScript(join(repository, 'scripts', 'start.ts'), args, { PERDURE_ROOT_KEY: 'pd_root_of_a_test_that_starts_services' })

let folder: string
let service: Service | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perdure-starting-'))
})

afterEach(async () => {
  await service?.kill('SIGKILL')
  service = undefined
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

it.each([
  [['--port', 'abc'], '--port takes a whole number from 0 to 65535, not "abc"'],
  [['--port', '65536'], '--port takes a whole number from 0 to 65535, not "65536"'],
  [['--prt', '1'], "Unknown option '--prt'"],
  [['--data', ''], '--data takes the path of a folder'],
  [['--processes', '0'], '--processes takes a whole number from 1 to 64, not "0"'],
  [['--processes', 'all'], '--processes takes a whole number from 1 to 64, not "all"'],
  [['here'], "Unexpected argument 'here'"],
])('%j is refused: %s', async (args, message) => {
  const { code, out, errors } = await start(...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(errors).toContain(message)
  expect(errors.trim().split('\n')).toHaveLength(1)
})

it('a port that somebody has is refused, whoever answers there', async () => {
  service = await startService({ data: join(folder, 'data') })
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const taken = typeof address === 'object' && address !== null ? address.port : 0
  for (const port of [service.port, taken]) {
    const { code, out, errors } = await start('--data', join(folder, 'other'), '--port', String(port))
    expect({ code, out, errors }).toEqual({
      code: 2,
      out: '',
      errors: `port ${port} of 127.0.0.1 is taken: another one is chosen with --port\n`,
    })
  }
  other.close()
  expect(await readdir(folder)).toEqual(['data'])
})

it('a folder that cannot be made is refused', async () => {
  await writeFile(join(folder, 'file'), '')
  const { code, errors } = await start('--data', join(folder, 'file'), '--port', '0')
  expect(code).toBe(2)
  expect(errors).toMatch(/^.*file cannot be the data folder: .+\n$/)
})

it('L1 data that a service is at work on is refused to a second one; a copy of it, and what a killed one left, are not', async () => {
  const data = join(folder, 'data')
  service = await startService({ data })
  const { rootKey, url, pid } = service
  const { code, out, errors } = await start('--data', data, '--port', '0')
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(errors).toContain(`is the data of the service at ${url} (process ${pid})`)
  const copy = join(folder, 'copy')
  await cp(data, copy, { recursive: true })
  const beside = await startService({ data: copy, rootKey })
  await beside.kill('SIGKILL')
  await service.kill('SIGKILL')
  service = await startService({ data, rootKey })
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
})
