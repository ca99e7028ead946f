/** W12: what is said when something is started or waited for has its effect at the other end, on the real service. */
import { CancelledFailure, ChildWorkflowFailure, TimeoutFailure, workflow } from 'perdure'
import { WorkflowTimedOutError } from 'perdure/client'
import { Worker, type WorkerOptions } from 'perdure/worker'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Stage } from './stage.ts'

let stage: Stage
const workers: Worker[] = []
beforeAll(async () => {
  stage = await Stage.open()
})
afterEach(() => {
  for (const worker of workers.splice(0)) worker.stop()
})
afterAll(() => stage.close())

async function working(options: WorkerOptions): Promise<void> {
  const worker = new Worker({ ...options, url: stage.service.url, org: 'acme', apiKey: stage.apiKey, log: () => undefined })
  workers.push(worker)
  const connected = new Promise((resolve) => worker.on('connected', resolve))
  worker.run().catch(() => undefined)
  await connected
}

const waits = workflow({ name: 'waits', run: async (ctx) => ctx.promise<number>('asked') })
const where = workflow({ name: 'where', run: async (ctx) => ctx.info.queue })

test('sleep, sleepUntil and timer end at the time that was said', async () => {
  const until = Date.now() + 400
  const sleeps = workflow({
    name: 'sleeps',
    async run(ctx) {
      const timer = ctx.timer('1 hour')
      await Promise.all([ctx.sleep('200ms'), ctx.sleepUntil(new Date(until)), ctx.sleepUntil(0)])
      timer.cancel()
      return timer.catch((error: unknown) => CancelledFailure.is(error))
    },
  })
  await working({ workflows: [sleeps] })
  const handle = await stage.client.start(sleeps)
  expect(await handle.result()).toBe(true)
  const { events } = await handle.history()
  const started = events.flatMap(({ type, at, data }) => (type === 'TIMER_STARTED' ? [{ at, ...data }] : []))
  const began = started[0]?.at ?? 0
  expect(started.map(({ fireAt }) => fireAt)).toEqual([began + 3_600_000, began + 200, until, 0])
  const due = new Map(started.map(({ timerId, fireAt }) => [timerId, fireAt]))
  const fired = events.flatMap(({ type, at, data }) =>
    type === 'TIMER_FIRED' ? [at - (due.get(data.timerId) ?? Number.NaN)] : [],
  )
  expect(fired).toHaveLength(3)
  expect(fired.every((late) => late >= 0)).toBe(true)
  expect(events.filter(({ type }) => type === 'TIMER_CANCELLED')).toMatchObject([{ data: { timerId: 'timer-1' } }])
})

test('start: queue, timeout, startAfter, attributes, memo, headers', async () => {
  await working({ queue: 'side', workflows: [where, waits] })
  const { client } = stage
  expect(await client.execute(where, undefined, { queue: 'side' })).toBe('side')
  const error: unknown = await client
    .execute(waits, undefined, { queue: 'side', timeout: '200ms' })
    .catch((thrown: unknown) => thrown)
  expect(WorkflowTimedOutError.is(error)).toBe(true)
  const said = { attributes: { level: 2, tags: ['a'] }, memo: { since: new Date(0) }, headers: { trace: 't-1' } }
  const later = await client.start(where, undefined, { queue: 'side', startAfter: '300ms', ...said })
  expect(await later.describe()).toMatchObject({ status: 'PENDING', attributes: said.attributes, memo: said.memo })
  await later.result()
  const [first, second] = (await later.history()).events
  expect(first?.data).toMatchObject({ startAfterMs: 300, headers: said.headers })
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(300)
})

test('start: idReuse and onConflict', async () => {
  await working({ workflows: [waits] })
  const { client } = stage
  const id = 'effects-1'
  const first = await client.start(waits, undefined, { id })
  expect((await client.start(waits, undefined, { id })).run).toBe(1)
  await expect(client.start(waits, undefined, { id, onConflict: 'FAIL' })).rejects.toMatchObject({ code: 'already_exists' })
  const second = await client.start(waits, undefined, { id, onConflict: 'TERMINATE_EXISTING' })
  expect(second.run).toBe(2)
  await second.resolvePromise('asked', 2)
  expect(await first.result()).toBe(2)
  expect((await client.start(waits, undefined, { id })).run).toBe(2)
  await expect(client.start(waits, undefined, { id, idReuse: 'REJECT' })).rejects.toMatchObject({ code: 'already_exists' })
  expect((await client.start(waits, undefined, { id, idReuse: 'ALLOW_AFTER_FAILURE' })).run).toBe(2)
  expect((await client.start(waits, undefined, { id, idReuse: 'ALLOW' })).run).toBe(3)
})

test('child: id, queue, timeout, attributes', async () => {
  const parent = workflow({
    name: 'parent',
    async run(ctx) {
      const late = ctx.child(waits, undefined, { timeout: '200ms' })
      const queue = await ctx.child(where, undefined, { id: 'effects-child', queue: 'side', attributes: { level: 2 } })
      const own = await ctx.child(where)
      const error: unknown = await late.catch((thrown: unknown) => thrown)
      return [queue, own, ChildWorkflowFailure.is(error) && TimeoutFailure.is(error.cause)]
    },
  })
  await Promise.all([working({ workflows: [parent, waits, where] }), working({ queue: 'side', workflows: [where] })])
  expect(await stage.client.execute(parent, undefined, { attributes: { level: 1, kept: true } })).toEqual([
    'side',
    'default',
    true,
  ])
  const { attributes } = await stage.client.handle('effects-child').describe()
  expect(attributes).toEqual({ level: 2, kept: true })
})

test.each([
  ['TERMINATE', 'TERMINATED'],
  ['CANCEL', 'CANCELLED'],
  ['ABANDON', 'WAITING'],
] as const)('child: parentClosePolicy %s leaves it %s when its parent ends', async (parentClosePolicy, status) => {
  const leaves = workflow({
    name: 'leaves',
    async run(ctx) {
      const child = ctx.child(waits, undefined, { parentClosePolicy })
      await child.signal('hello')
      return child.executionId
    },
  })
  await working({ workflows: [leaves, waits] })
  const child = stage.client.handle(await stage.client.execute(leaves))
  await expect.poll(async () => (await child.describe()).status, { timeout: 20_000, interval: 20 }).toBe(status)
})
