/** A worker outlives its service: refused connections are waited out. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { task, workflow } from 'perdure'
import { Client } from 'perdure/client'
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

test('L6: execute waits for its result through a restart, and has started one execution', async () => {
  const { url, port, rootKey } = service
  const admin = (await makeKey(service, 'default', 'admin')).key
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const held = task({
    name: 'held',
    run: async () => {
      begun.resolve()
      await gate.promise
      return 'over'
    },
  })
  const ids = new Set<string>()
  const holding = workflow({
    name: 'holding',
    run: (ctx) => {
      ids.add(ctx.info.executionId)
      return ctx.task(held)
    },
  })
  const worker = new Worker({ url, org: 'default', apiKey, workflows: [holding], tasks: [held] })
  worker.on('error', () => undefined)
  const running = worker.run()
  const client = new Client({ url, org: 'default', apiKey: admin })
  const result = client.execute(holding)
  await begun.promise
  await service.kill('SIGKILL')
  service = await startService({ data, port, rootKey })
  gate.resolve()
  expect(await result).toBe('over')
  expect(ids.size).toBe(1)
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
