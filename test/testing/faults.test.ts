/** Faults of a test environment: every run ends as it would without them, and what happened twice counts once. */
import { expect, test } from 'vitest'
import { type TaskContext, task, workflow } from '../../sdk/index.ts'
import { type Faults, TestEnvironment } from '../../sdk/testing.ts'

const step = task({ name: 'step', run: (n: number) => n * 10 })
const mixed = workflow({
  name: 'mixed',
  async run(ctx, input: { n: number }) {
    const first = await Promise.all(Array.from({ length: input.n }, (_, n) => ctx.task(step, n)))
    await ctx.sleep('1 hour')
    const again = await ctx.map(first, (value) => ctx.task(step, value), { concurrency: 2 })
    const effect = await ctx.run('effect', async () => 7)
    const winner = await Promise.race([ctx.task(step, 3), ctx.sleep('1 day').then(() => 'late')])
    return { first, again, effect, winner, id: ctx.uuid() }
  },
})

interface Ran {
  output: unknown
  /** How often each attempt's function ran. */
  runs: Map<string, number>
  attempts: number
  types: string[]
  at: number[]
}

async function ran(faults: Faults, seed = 'one'): Promise<Ran> {
  await using env = await TestEnvironment.create({ workflows: [mixed], tasks: [step], seed, patience: 5_000 })
  env.faults(faults)
  const runs = new Map<string, number>()
  let attempts = 0
  env.mock(step, (n: number, ctx: TaskContext) => {
    const key = `${ctx.taskId} ${ctx.attempt}`
    runs.set(key, (runs.get(key) ?? 0) + 1)
    attempts = Math.max(attempts, ctx.attempt)
    return n * 10
  })
  const handle = await env.start(mixed, { n: 4 }, { id: 'mixed-1' })
  const output = await handle.result()
  const { events } = await handle.history()
  return { output, runs, attempts, types: events.map(({ type }) => type), at: events.map(({ at }) => at) }
}

/** The machine may have more to do. */
const deadline = { timeout: 30_000 }
const plain = ran({})
const twice = ({ runs }: Ran): number => [...runs.values()].filter((times) => times > 1).length

test.each<[string, Faults]>([
  ['dropCompletion', { dropCompletion: true }],
  ['duplicateDelivery', { duplicateDelivery: true }],
  ['evict', { evict: true }],
  ['reorder', { reorder: true }],
  ['all of them', { dropCompletion: true, duplicateDelivery: true, evict: true, reorder: true }],
  ['some of all', { dropCompletion: 0.3, duplicateDelivery: 0.3, evict: 0.3, reorder: 0.3 }],
])('%s: it ends as without', async (_, faults) => {
  const faulty = await ran(faults)
  expect(faulty.output).toEqual((await plain).output)
  expect(faulty.types.filter((type) => type === 'TASK_COMPLETED')).toHaveLength(9)
})

test('S9, L6: a dropped completion is followed by another attempt, which counts once', async () => {
  expect((await plain).attempts).toBe(1)
  const { attempts, runs } = await ran({ dropCompletion: true })
  expect(attempts).toBe(2)
  expect(runs.size).toBe(18)
})

test('W11: attempts are counted on by what was evicted', async () => {
  const { attempts, runs } = await ran({ dropCompletion: true, evict: true })
  expect(attempts).toBe(2)
  expect(runs.size).toBe(18)
})

test.each(Array.from({ length: 8 }, (_, n) => `seed ${n}`))('%s: it ends as without', async (seed) => {
  const faulty = await ran({ dropCompletion: 0.4, duplicateDelivery: 0.4, evict: 0.6, reorder: 0.6 }, seed)
  expect({ ...Object(faulty.output), id: '' }).toEqual({ ...Object((await plain).output), id: '' })
})

test('W15: what waits for a slot is offered again by what was evicted, though the clock stands still', deadline, async () => {
  const slots = { task: 2, workflow: 2 }
  for (const seed of ['92', 'one']) {
    await using env = await TestEnvironment.create({ workflows: [mixed], tasks: [step], seed, patience: 20, slots })
    env.faults({ dropCompletion: 0.3, duplicateDelivery: 0.3, evict: 0.7, reorder: 0.4 })
    const began = env.time.now()
    const handles = await Promise.all(['m1', 'm2'].map((id) => env.start(mixed, { n: 8 }, { id })))
    for (const handle of handles) expect(await handle.result()).toMatchObject({ effect: 7, winner: 30 })
    // An offer that is not heard would be told again by the alarm, long after.
    expect(env.time.now() - began).toBeLessThan(3_600_000 + 60_000)
  }
})

test('L5: work that is delivered twice runs twice, and counts once', async () => {
  expect(twice(await plain)).toBe(0)
  const doubled = await ran({ duplicateDelivery: true })
  expect(twice(doubled)).toBe(9)
  expect(doubled.attempts).toBe(1)
})

test('D1, L2: what is evicted is replayed from its first event, and read from its rows', async () => {
  let lives = 0
  const counted = workflow({
    name: 'counted',
    async run(ctx) {
      lives += 1
      for (let n = 0; n < 3; n += 1) await ctx.task(step, n)
      return ctx.uuid()
    },
  })
  const result = async (faults: Faults): Promise<[unknown, number]> => {
    lives = 0
    await using env = await TestEnvironment.create({ workflows: [counted], tasks: [step] })
    env.faults(faults)
    return [await (await env.start(counted, undefined, { id: 'counted-1' })).result(), lives]
  }
  const [output, once] = await result({})
  expect(once).toBe(1)
  expect(await result({ evict: true })).toEqual([output, 4])
})

test('what is reordered arrives in another order', async () => {
  const wide = workflow({ name: 'wide', run: (ctx) => Promise.all([1, 2, 3, 4, 5, 6].map((n) => ctx.task(step, n))) })
  const order = async (faults: Faults): Promise<string[]> => {
    await using env = await TestEnvironment.create({ workflows: [wide], tasks: [step] })
    env.faults(faults)
    const handle = await env.start(wide)
    expect(await handle.result()).toEqual([10, 20, 30, 40, 50, 60])
    const { events } = await handle.history()
    return events.flatMap((event) => (event.type === 'TASK_COMPLETED' ? [event.data.taskId] : []))
  }
  const inOrder = await order({})
  expect(inOrder).toEqual([1, 2, 3, 4, 5, 6].map((n) => `task-${n}`))
  expect(await order({ reorder: true })).not.toEqual(inOrder)
})

test('the same seed meets the same faults', async () => {
  const faults = { dropCompletion: 0.4, duplicateDelivery: 0.4, evict: 0.4, reorder: 0.4 }
  const [one, same, other] = await Promise.all([ran(faults), ran(faults), ran(faults, 'two')])
  expect(same).toEqual(one)
  expect(other.output).not.toBe(undefined)
  expect([other.runs, other.types, other.at]).not.toEqual([one.runs, one.types, one.at])
})

test('a rate that is none is refused by its name', async () => {
  await using env = await TestEnvironment.create({ workflows: [mixed], tasks: [step] })
  expect(() => env.faults({ evict: 2 })).toThrow('evict is 2: it must be true, false, or a number from 0 to 1')
  expect(() => env.faults({ dropAll: true } as Faults)).toThrow('dropAll is not a fault')
})
