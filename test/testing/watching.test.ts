/** Whoever follows an execution of a test environment sees its log as it grows, and what its tasks say. */
import { expect, test } from 'vitest'
import { task, workflow } from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

const talk = task({
  name: 'talk',
  run(words: string[], ctx) {
    for (const word of words) ctx.stream.token(word)
    return words.length
  },
})
const talking = workflow({
  name: 'talking',
  async run(ctx) {
    await ctx.sleep('1 day')
    const count = await ctx.task(talk, ['a', 'b', 'c'])
    await ctx.sleep('1 day')
    return count
  },
})

test('S6, S7: the log as it grows, in its order, up to its end', async () => {
  await using env = await TestEnvironment.create({ workflows: [talking], tasks: [talk] })
  env.faults({ evict: true, reorder: true })
  const handle = await env.start(talking)
  const watch = async (after: number): Promise<unknown[]> => {
    const seen: unknown[] = []
    for await (const { run: _, ...event } of handle.watch({ after })) seen.push(event)
    return seen
  }
  const early = watch(0)
  await env.time.advance('36 hours')
  const late = watch(3)
  expect(await handle.result()).toBe(3)
  const { events } = await handle.history()
  expect(await early).toEqual(events)
  expect(await late).toEqual(events.slice(3))
})

test('W13: what a task says while it runs', async () => {
  await using env = await TestEnvironment.create({ workflows: [talking], tasks: [talk] })
  const handle = await env.start(talking)
  const heard: string[] = []
  const hearing = (async () => {
    for await (const frame of handle.watchTask('task-1')) if (frame.type === 'Token') heard.push(frame.text)
  })()
  await handle.result()
  await hearing
  expect(heard).toEqual(['a', 'b', 'c'])
})
