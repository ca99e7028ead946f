/** Tasks in a test environment run as in production: slots, retries, limits, heartbeats; a test may stand in for them. */
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { WorkflowFailedError } from '../../sdk/client.ts'
import {
  ApplicationFailure,
  InvalidInput,
  type TaskContext,
  TaskFailure,
  TimeoutFailure,
  task,
  workflow,
} from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

const work = task({
  name: 'work',
  input: z.object({ n: z.number() }),
  retry: { maximumAttempts: 3, initialInterval: '1 minute' },
  startToCloseTimeout: '30s',
  run: ({ n }) => n * 2,
})

const single = workflow({ name: 'single', run: (ctx, input: { n: number }) => ctx.task(work, input) })
const many = workflow({
  name: 'many',
  run: (ctx, input: { n: number }) => Promise.all(Array.from({ length: input.n }, (_, n) => ctx.task(work, { n }))),
})

const create = (options: { slots?: { task?: number }; patience?: number } = {}) =>
  TestEnvironment.create({ workflows: [single, many], tasks: [work], ...options })

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it succeeded',
    (error: unknown) => (WorkflowFailedError.is(error) ? error.cause : error),
  )

test('the registered function runs, unless a test stands in for it', async () => {
  await using env = await create()
  expect(await (await env.start(single, { n: 4 })).result()).toBe(8)
  env.mock(work, async ({ n }) => n * 100)
  expect(await (await env.start(single, { n: 4 })).result()).toBe(400)
})

test('a task that is not registered is stood in for by its name', async () => {
  const lookUp = workflow({ name: 'look-up', run: (ctx) => ctx.task('elsewhere', 'k') })
  await using env = await TestEnvironment.create({ workflows: [lookUp] })
  const handle = await env.start(lookUp)
  expect((await handle.describe()).awaiting).toMatchObject([{ type: 'task', kind: 'elsewhere' }])
  env.mock('elsewhere', (key) => `${String(key)} was found`)
  expect(await handle.result()).toBe('k was found')
})

test('A2: input is checked before a stand-in is run', async () => {
  const wrong = workflow({ name: 'wrong', run: (ctx) => ctx.task('work', { n: 'four' }) })
  await using env = await TestEnvironment.create({ workflows: [wrong], tasks: [work] })
  env.mock(work, () => 1)
  const failure = await failureOf((await env.start(wrong)).result())
  expect(TaskFailure.is(failure) && InvalidInput.is(failure.cause) && failure.cause.problems[0]?.path).toBe('n')
})

test('W10, W12: retries wait their time, which passes at once', async () => {
  await using env = await create()
  const began = env.time.now()
  const at: number[] = []
  env.mock(work, () => {
    at.push(env.time.now() - began)
    throw new Error('not yet')
  })
  const failure = await failureOf((await env.start(single, { n: 1 })).result())
  expect(TaskFailure.is(failure) && failure.task).toEqual({ taskId: 'task-1', kind: 'work', attempt: 3 })
  expect(at).toHaveLength(3)
  const [first, second, third] = at as [number, number, number]
  expect(first).toBe(0)
  expect(second / 60_000).toBeCloseTo(1, 0)
  expect((third - second) / 60_000).toBeCloseTo(2, 0)
})

test('W10: what is not retryable ends at once', async () => {
  await using env = await create()
  const run = vi.fn(() => {
    throw new ApplicationFailure('no', { type: 'Final', nonRetryable: true })
  })
  env.mock(work, run)
  await failureOf((await env.start(single, { n: 1 })).result())
  expect(run).toHaveBeenCalledTimes(1)
})

test('a task that hangs runs into its limit, and its signal aborts', async () => {
  await using env = await create({ patience: 20 })
  const reasons: unknown[] = []
  env.mock(work, (_, ctx) => {
    ctx.signal.addEventListener('abort', () => reasons.push(ctx.signal.reason))
    return new Promise(() => undefined)
  })
  const failure = await failureOf((await env.start(single, { n: 1 })).result())
  expect(TaskFailure.is(failure) && TimeoutFailure.is(failure.cause)).toBe(true)
  expect(reasons.map(TimeoutFailure.is)).toEqual([true, true, true])
})

test('a limit passes while a test moves time', async () => {
  await using env = await create({ patience: 20 })
  const attempts: number[] = []
  env.mock(work, (_, { attempt }) => {
    attempts.push(attempt)
    return attempt === 2 ? 5 : new Promise<number>(() => undefined)
  })
  const handle = await env.start(single, { n: 1 })
  await env.time.advance('29s')
  expect(attempts).toEqual([1])
  await env.time.advance('5 minutes')
  expect(attempts).toEqual([1, 2])
  expect(await handle.result()).toBe(5)
})

test('while a task runs, time stands still', async () => {
  await using env = await create({ patience: 60_000 })
  const began = env.time.now()
  env.mock(work, async ({ n }) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return n
  })
  expect(await (await env.start(single, { n: 7 })).result()).toBe(7)
  expect(env.time.now()).toBe(began)
})

test('W5: no more tasks run at once than there are slots, and each is run', async () => {
  await using env = await create({ slots: { task: 3 } })
  let running = 0
  let most = 0
  env.mock(work, async ({ n }) => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    return n
  })
  expect(await (await env.start(many, { n: 20 })).result()).toHaveLength(20)
  expect(most).toBe(3)
})

test('priority goes before age', async () => {
  const order: number[] = []
  const ranked = workflow({
    name: 'ranked',
    run: (ctx) => Promise.all([0, 5, 10].map((priority) => ctx.task('rank', priority, { priority }))),
  })
  await using env = await TestEnvironment.create({ workflows: [ranked], slots: { task: 1 } })
  const handle = await env.start(ranked)
  await handle.describe()
  env.mock('rank', (priority) => order.push(Number(priority)))
  await handle.result()
  expect(order).toEqual([10, 5, 0])
})

test.each([false, true])('W13: details of a heartbeat reach the next attempt; evicted: %s', async (evict) => {
  await using env = await create()
  env.faults({ evict })
  const run = ({ n }: { n: number }, ctx: TaskContext): number => {
    if (ctx.lastHeartbeat !== undefined) return n + Number(ctx.lastHeartbeat)
    for (const details of [10, 20, 40]) ctx.heartbeat(details)
    throw new Error('half way')
  }
  env.mock(work, run)
  expect(await (await env.start(single, { n: 2 })).result()).toBe(42)
})

test('W13: details of a heartbeat outlive the worker and the memory of the service', async () => {
  await using env = await create()
  env.faults({ dropCompletion: true, evict: true })
  const seen: unknown[] = []
  env.mock(work, ({ n }, ctx) => {
    seen.push([ctx.attempt, ctx.lastHeartbeat])
    ctx.heartbeat(ctx.attempt * 10)
    return n
  })
  expect(await (await env.start(single, { n: 2 })).result()).toBe(2)
  expect(seen).toEqual([
    [1, undefined],
    [2, 10],
  ])
})

test('tasks of another queue have a worker there', async () => {
  const elsewhere = workflow({ name: 'elsewhere', run: (ctx) => ctx.task(work, { n: 3 }, { queue: 'gpu' }) })
  await using env = await TestEnvironment.create({ workflows: [elsewhere], tasks: [work] })
  expect(await (await env.start(elsewhere)).result()).toBe(6)
})

describe('ctx.run', () => {
  const effects = workflow({
    name: 'effects',
    async run(ctx) {
      const first = await ctx.run('first', async () => 1)
      await ctx.sleep('1 hour')
      const second = await ctx.run('second', async () => first + 1)
      return second
    },
  })

  test('is run once and recorded, whatever is forgotten', async () => {
    await using env = await TestEnvironment.create({ workflows: [effects] })
    env.faults({ evict: true })
    const handle = await env.start(effects)
    expect(await handle.result()).toBe(2)
    const types = (await handle.history()).events.map(({ type }) => type)
    expect(types.filter((type) => type === 'OPERATION_COMPLETED')).toHaveLength(2)
  })

  test.each([false, true])('W11: its retries wait their time, which passes at once; evicted: %s', async (evict) => {
    let tries = 0
    const persistent = workflow({
      name: 'persistent',
      run: (ctx) =>
        ctx.run(
          'third',
          () => {
            tries += 1
            if (tries < 3) throw new Error('not yet')
            return tries
          },
          { retry: { initialInterval: '1 minute', backoffCoefficient: 3 } },
        ),
    })
    await using env = await TestEnvironment.create({ workflows: [persistent] })
    env.faults({ evict })
    const began = env.time.now()
    const handle = await env.start(persistent)
    expect(await handle.result()).toBe(3)
    expect(env.time.now() - began).toBe(60_000 + 100_000)
    // Its worker says that it is still at it: nothing is taken back meanwhile.
    const types = (await handle.history()).events.map(({ type }) => type)
    expect(types).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_SUSPENDED', 'OPERATION_COMPLETED', 'WORKFLOW_COMPLETED'])
  })

  test('that takes long is waited for', async () => {
    const slow = workflow({
      name: 'slow',
      run: (ctx) => ctx.run('slow', () => new Promise<string>((resolve) => setTimeout(resolve, 60, 'done'))),
    })
    await using env = await TestEnvironment.create({ workflows: [slow] })
    const began = env.time.now()
    expect(await (await env.start(slow)).result()).toBe('done')
    expect(env.time.now()).toBe(began)
  })
})
