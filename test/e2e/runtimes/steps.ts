/** Cases of the worker suite: tasks, timers, side effects, and code that does what it should not. */
import { deepStrictEqual as equal, ok } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { ApplicationFailure, DeterminismError, TaskFailure, TimeoutFailure, task, workflow } from 'perdure'
import { type Case, until } from './workshop.ts'

const echo = task({ name: 'echo', run: (input: unknown) => input })
const fails = task({
  name: 'fails',
  retry: { maximumAttempts: 2, initialInterval: 1 },
  run(_: undefined, ctx) {
    throw new ApplicationFailure(`attempt ${ctx.attempt}`, { type: 'Bad', details: { attempt: ctx.attempt } })
  },
})
const tasks = [echo, fails]

const values: Case = {
  name: 'D15 values through task, run, client',
  async run(shop) {
    const value = {
      date: new Date(5),
      big: 2n ** 70n,
      bytes: new Uint8Array([1, 255]),
      map: new Map([[1, new Set(['a'])]]),
      none: [undefined],
    }
    const mirror = workflow({
      name: 'mirror',
      run: async (ctx, input: typeof value) => [await ctx.task(echo, input), await ctx.run('same', () => input)],
    })
    await shop.worker({ workflows: [mirror], tasks })
    equal(await shop.client.execute(mirror, value, { queue: shop.queue }), [value, value])
  },
}

const failures: Case = {
  name: 'failures with type, details and stack, after retries',
  async run(shop) {
    const catches = workflow({
      name: 'catches',
      async run(ctx) {
        const error: unknown = await ctx.task(fails).catch((caught: unknown) => caught)
        if (!TaskFailure.is(error) || !ApplicationFailure.is(error.cause)) throw error
        const { type, details, stack } = error.cause
        return { type, details, isHere: stack?.includes('steps.ts') }
      },
    })
    await shop.worker({ workflows: [catches], tasks })
    equal(await shop.client.execute(catches, undefined, { queue: shop.queue }), {
      type: 'Bad',
      details: { attempt: 2 },
      isHere: true,
    })
  },
}

const fan: Case = {
  name: 'S1 fifty tasks at once, in call order; map with a limit',
  async run(shop) {
    const wide = workflow({
      name: 'wide',
      async run(ctx) {
        const all = await Promise.all(Array.from({ length: 50 }, (_, n) => ctx.task(echo, n)))
        return [all.length, all[49], await ctx.map([1, 2, 3], (n) => ctx.task(echo, n), { concurrency: 2 })]
      },
    })
    await shop.worker({ workflows: [wide], tasks, slots: { task: 10 } })
    equal(await shop.client.execute(wide, undefined, { queue: shop.queue }), [50, 49, [1, 2, 3]])
  },
}

const races: Case = {
  name: 'D12 timers and races, kept and replayed',
  async run(shop) {
    const racing = workflow({
      name: 'racing',
      async run(ctx) {
        const slow = ctx.timer('1 hour')
        const first = await Promise.race([slow.then(() => 'slow'), ctx.sleep(30).then(() => 'fast')])
        slow.cancel()
        const late: unknown = await ctx.withTimeout(30, ctx.sleep('1 hour')).catch((error: unknown) => error)
        const any = await Promise.any([ctx.task(fails), ctx.task(echo, 'any')])
        return [first, TimeoutFailure.is(late), any]
      },
    })
    for (const cachedExecutions of [1_000, 0]) {
      const worker = await shop.worker({ workflows: [racing], tasks, cachedExecutions })
      equal(await shop.client.execute(racing, undefined, { queue: shop.queue }), ['fast', true, 'any'])
      worker.stop()
    }
  },
}

const runs: Case = {
  name: 'D18 side effects: recorded once, retried, settled at their place in the log',
  async run(shop) {
    let effects = 0
    const effectful = workflow({
      name: 'effectful',
      async run(ctx) {
        const order: string[] = []
        const slow = ctx.run('slow', () => pause(60)).then(() => order.push('slow'))
        const quick = ctx.run('quick', () => pause(5)).then(() => order.push('quick'))
        await Promise.all([slow, quick])
        const counted = await ctx.run(
          'counted',
          () => {
            effects += 1
            if (effects === 1) throw new Error('once more')
            return effects
          },
          { retry: { initialInterval: 1, maximumAttempts: 3 } },
        )
        await ctx.sleep(20)
        return [order, counted, await ctx.task(echo, 'after')]
      },
    })
    await shop.worker({ workflows: [effectful], tasks, cachedExecutions: 0 })
    equal(await shop.client.execute(effectful, undefined, { queue: shop.queue }), [['quick', 'slow'], 2, 'after'])
    equal(effects, 2)
  },
}

const rejections: Case = {
  name: 'D16 promises that reject while the code awaits another: the process lives, the code sees them later',
  async run(shop) {
    const rejecting = workflow({
      name: 'rejecting',
      async run(ctx) {
        const plain = ctx.task(fails)
        const derived = (async () => ctx.task(fails))()
        const chained = ctx.task(fails).then(() => 'never')
        const all = Promise.all([ctx.task(fails), derived])
        await ctx.sleep(400)
        const seen = await Promise.allSettled([plain, derived, chained, all])
        return seen.map(({ status }) => status)
      },
    })
    await shop.worker({ workflows: [rejecting], tasks })
    equal(await shop.client.execute(rejecting, undefined, { queue: shop.queue }), Array(4).fill('rejected'))
  },
}

const refused: Case = {
  name: 'D10 globals that do what is not durable are refused, with the name of what was called',
  async run(shop) {
    const strays: Record<string, () => unknown> = {
      setTimeout: () => setTimeout(() => undefined, 1),
      setInterval: () => setInterval(() => undefined, 1_000),
      setImmediate: () => setImmediate(() => undefined),
      fetch: () => fetch('http://127.0.0.1:1/'),
      WebSocket: () => new WebSocket('ws://127.0.0.1:1/'),
      'AbortSignal.timeout': () => AbortSignal.timeout(1),
    }
    const stray = workflow({ name: 'stray', run: async (_, what: string) => strays[what]?.() })
    await shop.worker({ workflows: [stray] })
    for (const what of Object.keys(strays)) {
      const handle = await shop.client.start(stray, what, { queue: shop.queue })
      const problem = await until(async () => (await handle.describe()).problem)
      equal(
        [problem.type, problem.message.startsWith(`${what} cannot be used in workflow code: `)],
        ['DETERMINISM', true],
        problem.message,
      )
      await handle.terminate()
    }
    equal(typeof setTimeout(() => undefined, 0), typeof setTimeout(() => undefined, 0))
  },
}

const unnamed: Case = {
  name: 'D10 waiting for what is not durable is found out',
  async run(shop) {
    const waits = workflow({ name: 'waits', run: async () => pause(10) })
    await shop.worker({ workflows: [waits] })
    const handle = await shop.client.start(waits, undefined, { queue: shop.queue })
    const { message } = await until(async () => (await handle.describe()).problem)
    ok(message.includes('waits for something that is not durable'), message)
    await handle.terminate()
  },
}

const globals: Case = {
  name: 'time, chance and ids are the same in every replay',
  async run(shop) {
    const seen: unknown[][] = []
    const ids = workflow({
      name: 'ids',
      async run(ctx) {
        const bytes = crypto.getRandomValues(new Uint8Array(4))
        seen.push([Date.now(), String(new Date()), Math.random(), crypto.randomUUID(), ctx.uuid(), performance.now(), ...bytes])
        await ctx.task(echo, 1)
        await ctx.sleep(10)
      },
    })
    await shop.worker({ workflows: [ids], tasks, cachedExecutions: 0 })
    await shop.client.execute(ids, undefined, { queue: shop.queue })
    ok(seen.length >= 3, `${seen.length} replays`)
    for (const each of seen) equal(each, seen[0])
  },
}

const heals: Case = {
  name: 'D9 code that does not fit blocks the run, says where, and fixed code heals it',
  async run(shop) {
    const original = workflow({
      name: 'album',
      run: async (ctx) => [await ctx.task(echo, 'a'), await ctx.sleep(200), 'original'],
    })
    const wrong = workflow({ name: 'album', run: async (ctx) => [await ctx.task(fails), 'wrong'] })
    const fixed = workflow({ name: 'album', run: async (ctx) => [await ctx.task(echo, 'a'), await ctx.sleep(200), 'fixed'] })
    const first = await shop.worker({ workflows: [original], tasks, build: '1' })
    const handle = await shop.client.start(original, undefined, { queue: shop.queue })
    await until(async () => (await handle.describe()).awaiting.find(({ type }) => type === 'timer'))
    first.stop()
    await shop.worker({ workflows: [wrong], tasks, build: '2' })
    const { details } = await until(async () => (await handle.describe()).problem)
    const { index, actual, location } = details as Record<string, unknown>
    equal([index, actual], [1, 'task "fails"'])
    ok(/steps\.ts:\d+:\d+$/.test(String(location)), String(location))
    ok(await until(() => shop.errors.find((error) => DeterminismError.is(error))))
    await shop.worker({ workflows: [fixed], tasks, build: '3' })
    equal((await handle.result())?.at(-1), 'fixed')
  },
}

export const steps: Case[] = [values, failures, fan, races, runs, rejections, refused, unnamed, globals, heals]
