/** The worker of the SDK against a real service: what it keeps, what it gives back, how it leaves. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CancelledFailure, PerdureError, task, workflow } from 'perdure'
import { Client } from 'perdure/client'
import { Worker, type WorkerOptions } from 'perdure/worker'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeKey, makeOrganisation } from '../../scripts/organisation.ts'
import { type Service, startService } from '../../scripts/service.ts'

let folder: string
let service: Service
let apiKey: string
let client: Client
const workers: Worker[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perdure-worker-'))
  service = await startService({ data: join(folder, 'data') })
  await makeOrganisation(service, 'acme')
  apiKey = (await makeKey(service, 'acme', 'admin')).key
  client = new Client({ url: service.url, org: 'acme', apiKey })
})

afterEach(() => {
  for (const worker of workers.splice(0)) worker.stop()
})

afterAll(async () => {
  await service.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A queue of its own for each test. */
let queues = 0
async function started(options: Omit<WorkerOptions, 'url' | 'org' | 'apiKey'>) {
  const queue = options.queue ?? `worker-${++queues}`
  const worker = new Worker({ ...options, queue, url: service.url, org: 'acme', apiKey, log: () => undefined })
  workers.push(worker)
  const connected = new Promise((resolve) => worker.on('connected', resolve))
  const running = worker.run()
  running.catch(() => undefined)
  await connected
  return { worker, queue, running }
}

const echo = task({ name: 'echo', run: async (input: unknown) => input })

test('P10: one worker with both sides: a step is one message, which carries its commands', async () => {
  const chain = workflow({
    name: 'chain',
    async run(ctx, input: { steps: number }) {
      const results: unknown[] = []
      for (let n = 0; n < input.steps; n += 1) results.push(await ctx.task(echo, n))
      return results.length
    },
  })
  const { worker, queue } = await started({ workflows: [chain], tasks: [echo] })
  expect(await client.execute(chain, { steps: 50 }, { queue })).toBe(50)
  const { requests, messages, speculationsTaken, speculationsDropped, replays } = worker.metrics
  expect({ speculationsTaken, speculationsDropped, replays }).toEqual({
    speculationsTaken: 50,
    speculationsDropped: 0,
    replays: 1,
  })
  expect(requests + messages).toBeLessThanOrEqual(52)
  expect(messages).toBeGreaterThan(0)
})

test.each([1_000, 0])('D15 D18: runs, timers and values, with %i kept executions', async (cachedExecutions) => {
  const gate = Promise.withResolvers<void>()
  const mixed = workflow({
    name: 'mixed',
    async run(ctx, input: { at: Date; size: bigint }) {
      const order: string[] = []
      const slow = ctx.run('slow', () => gate.promise).then(() => order.push('slow'))
      const first = await Promise.race([slow, ctx.sleep('50ms').then(() => 'timer')])
      const bytes = await ctx.run('bytes', () => new Uint8Array([1, 2, 3]))
      const doubled = await ctx.task(echo, { at: input.at, size: input.size * 2n, map: new Map([[1, bytes]]) })
      gate.resolve()
      await slow
      return { first, order, doubled, now: ctx.now() > input.at.getTime() }
    },
  })
  const { queue } = await started({ workflows: [mixed], tasks: [echo], cachedExecutions })
  const at = new Date(0)
  expect(await client.execute(mixed, { at, size: 21n }, { queue })).toEqual({
    first: 'timer',
    order: ['slow'],
    doubled: { at, size: 42n, map: new Map([[1, new Uint8Array([1, 2, 3])]]) },
    now: true,
  })
})

test('W8 W14: a cancelled task is told, and the workflow sees it cancelled', async () => {
  let reason: unknown
  const waits = task({
    name: 'waits',
    run: (_: undefined, ctx) =>
      new Promise<never>((_resolve, reject) => {
        ctx.signal.addEventListener('abort', () => {
          reason = ctx.signal.reason
          reject(ctx.signal.reason)
        })
      }),
  })
  const cancels = workflow({
    name: 'cancels',
    async run(ctx) {
      const waiting = ctx.task(waits)
      await ctx.sleep('100ms')
      waiting.cancel()
      return waiting.catch((error: unknown) => CancelledFailure.is(error))
    },
  })
  const { queue } = await started({ workflows: [cancels], tasks: [waits] })
  expect(await client.execute(cancels, undefined, { queue })).toBe(true)
  expect(CancelledFailure.is(reason)).toBe(true)
})

test('D9: code that does not fit blocks the run and says why; the run does not fail', async () => {
  const before = workflow({
    name: 'changed',
    async run(ctx) {
      await ctx.task(echo, 'a')
      await ctx.sleep('200ms')
      return 'fits'
    },
  })
  const after = workflow({
    name: 'changed',
    async run(ctx) {
      await ctx.sleep('1ms')
      return 'does not fit'
    },
  })
  const first = await started({ workflows: [before], tasks: [echo] })
  const handle = await client.start(before, undefined, { queue: first.queue })
  await new Promise((resolve) => first.worker.on('task', resolve))
  first.worker.stop()
  const second = await started({ workflows: [after], tasks: [echo], queue: first.queue })
  const error = await new Promise<Error>((resolve) => second.worker.on('error', resolve))
  expect(error.message).toContain('the code asks for timer')
  expect((await handle.describe()).problem).toMatchObject({ type: 'DETERMINISM' })
  expect((await handle.describe()).status).not.toBe('FAILED')
})

test('drain finishes what is held and leaves; run resolves', async () => {
  const gate = Promise.withResolvers<string>()
  const held = task({ name: 'held', run: () => gate.promise })
  const one = workflow({ name: 'one', run: async (ctx) => ctx.task(held) })
  const { worker, queue, running } = await started({ workflows: [one], tasks: [held] })
  const handle = await client.start(one, undefined, { queue })
  const ended = new Promise((resolve) => worker.on('task', resolve))
  while (worker.metrics.tasks === 0) await new Promise((resolve) => setImmediate(resolve))
  const drained = worker.drain()
  gate.resolve('done')
  await Promise.all([drained, running, ended])
  expect(worker.metrics.tasks).toBe(0)
  await started({ workflows: [one], queue })
  expect(await handle.result()).toBe('done')
})

test('a refused key ends run with its code', async () => {
  const refused = new Worker({ url: service.url, org: 'acme', apiKey: 'pd_worker_wrong', tasks: [echo] })
  const error: unknown = await refused.run().catch((caught: unknown) => caught)
  expect(PerdureError.is(error) && error.code).toBe('unauthenticated')
})

test('W3: with several partitions, a socket each, and everything is found', async () => {
  const queue = 'divided'
  await fetch(`${service.url}/api/orgs/acme/settings`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ partitions: { [queue]: 3 } }),
  })
  const pair = workflow({ name: 'pair', run: async (ctx) => Promise.all([ctx.task(echo, 1), ctx.task(echo, 2)]) })
  const { worker } = await started({ workflows: [pair], tasks: [echo], queue, slots: { workflow: 4, task: 4 } })
  const results = await Promise.all(Array.from({ length: 30 }, () => client.execute(pair, undefined, { queue })))
  expect(results).toEqual(Array.from({ length: 30 }, () => [1, 2]))
  expect(worker.metrics.tasksCompleted).toBe(60)
})

test('W15: hellos that are on their way at the same time grant no more than the slots together', async () => {
  const Real = globalThis.WebSocket
  const granted = { workflow: 0, task: 0 }
  globalThis.WebSocket = class extends Real {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (String(data).startsWith('{')) {
        const message = JSON.parse(String(data)) as { type: string; slots?: typeof granted } & typeof granted
        const grant = message.type === 'hello' ? message.slots : message.type === 'slots' ? message : undefined
        granted.workflow += grant?.workflow ?? 0
        granted.task += grant?.task ?? 0
      }
      super.send(data)
    }
  }
  try {
    const queue = 'at-once'
    await fetch(`${service.url}/api/orgs/acme/settings`, {
      method: 'PATCH',
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ partitions: { divided: 3, [queue]: 3 } }),
    })
    const slots = { workflow: 4, task: 4 }
    const worker = new Worker({
      workflows: [],
      tasks: [echo],
      queue,
      partitions: [0, 1, 2],
      slots,
      url: service.url,
      org: 'acme',
      apiKey,
    })
    workers.push(worker)
    const welcomed = new Set<number>()
    const all = new Promise<void>((resolve) => {
      worker.on('connected', ({ partition }) => {
        if (welcomed.add(partition).size === 3) resolve()
      })
    })
    worker.run().catch(() => undefined)
    await all
    expect(granted.task).toBeGreaterThan(0)
    expect(granted.task).toBeLessThanOrEqual(4)
  } finally {
    globalThis.WebSocket = Real
  }
})
