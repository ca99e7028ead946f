/** Time in a test environment: it stands still, skips while a result is waited for, and moves when it is told to. */
import { expect, test } from 'vitest'
import { task, workflow } from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

const echo = task({ name: 'echo', run: async (input: unknown) => input })

const chain = workflow({
  name: 'chain',
  async run(ctx, input: { n: number }) {
    const results: unknown[] = []
    for (let n = 0; n < input.n; n += 1) {
      results.push(await ctx.task(echo, n))
      await ctx.sleep('1 day')
    }
    return results
  },
})

test('an order of many days is tested in milliseconds', async () => {
  await using env = await TestEnvironment.create({ workflows: [chain], tasks: [echo] })
  const began = env.time.now()
  const handle = await env.start(chain, { n: 30 })
  expect(await handle.result()).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(env.time.now() - began).toBe(30 * 86_400_000)
})

test('time stands still until it is moved', async () => {
  await using env = await TestEnvironment.create({ workflows: [chain], tasks: [echo] })
  const handle = await env.start(chain, { n: 2 })
  const began = env.time.now()
  expect(await handle.describe()).toMatchObject({ status: 'WAITING', awaiting: [{ type: 'timer', id: 'timer-1' }] })
  expect(env.time.now()).toBe(began)
  await env.time.advance('23 hours')
  expect((await handle.describe()).awaiting).toMatchObject([{ id: 'timer-1' }])
  await env.time.advance('1 hour')
  expect((await handle.describe()).awaiting).toMatchObject([{ id: 'timer-2' }])
  await env.time.advance('3 days')
  expect(await handle.describe()).toMatchObject({ status: 'COMPLETED', output: [0, 1] })
  expect(env.time.now() - began).toBe(4 * 86_400_000)
})
