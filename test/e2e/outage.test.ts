/** A worker outlives its service: refused connections are waited out. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { task } from 'perdure'
import { Worker } from 'perdure/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'

let data: string
let service: Service
let apiKey: string

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'perdure-outage-'))
  service = await startService({ data })
  await makeOrganisation(service, 'default')
  apiKey = (await makeKey(service, 'default', 'worker')).key
})

afterAll(async () => {
  await service.kill('SIGKILL')
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
})

test('a worker that finds nobody tries again until the service is there', async () => {
  const { url, port, rootKey } = service
  await service.kill('SIGKILL')
  const worker = new Worker({ url, org: 'default', apiKey, tasks: [task({ name: 'any', run: () => 1 })] })
  const connected = new Promise<void>((resolve) => worker.on('connected', () => resolve()))
  const told = new Promise<unknown>((resolve) => worker.on('error', resolve))
  const running = worker.run()
  await expect(told).resolves.toBeInstanceOf(Error)
  service = await startService({ data, port, rootKey })
  await connected
  await worker.stop()
  await running
})

test('a worker that is cut off in mid-connection tries again', async () => {
  let refused = 0
  const rude = createServer((socket) => {
    refused += 1
    socket.destroy()
    if (refused === 3) rude.emit('enough')
  })
  await once(rude.listen(0, '127.0.0.1'), 'listening')
  const enough = once(rude, 'enough')
  const bound = rude.address()
  const url = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`
  const worker = new Worker({ url, org: 'default', apiKey, tasks: [task({ name: 'any', run: () => 1 })] })
  worker.on('error', () => undefined)
  const running = worker.run()
  await enough
  await worker.stop()
  await running
  rude.close()
})
