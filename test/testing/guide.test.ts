/** The code of the guide on testing, as it stands there: it runs. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { WorkflowFailedError } from '../../sdk/client.ts'
import { ApplicationFailure, TaskFailure, task, workflow } from '../../sdk/index.ts'
import { history, replay, TestEnvironment } from '../../sdk/testing.ts'

const resize = task({
  name: 'resize',
  startToCloseTimeout: '30s',
  run: async ({ key, width }: { key: string; width: number }) => ({ key: `${key}@${width}` }),
})

const album = workflow({
  name: 'album',
  async run(ctx, input: { keys: string[] }) {
    const thumbs = await Promise.all(input.keys.map((key) => ctx.task(resize, { key, width: 256 })))
    const review = await ctx.promise<{ ok: boolean }>('review', { timeout: '3 days' })
    if (!review.ok) throw new ApplicationFailure('rejected by reviewer', { type: 'Rejected' })
    await ctx.sleep('1 hour')
    return { published: thumbs.length }
  },
})

test('an album is published an hour after its review', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  const handle = await env.start(album, { keys: ['a', 'b'] })
  await handle.resolvePromise('review', { ok: true })
  expect(await handle.result()).toEqual({ published: 2 })
})

test('a reviewer has three days', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  const handle = await env.start(album, { keys: ['a'] })
  await env.time.advance('2 days')
  expect((await handle.describe()).awaiting).toMatchObject([{ type: 'promise', name: 'review' }])
  await env.time.advance('1 day')
  expect((await handle.describe()).status).toBe('FAILED')
})

test('a thumbnail that cannot be made fails the album', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  env.mock(resize, async ({ key }) => {
    throw new ApplicationFailure(`${key} is no picture`, { type: 'BadImage', nonRetryable: true })
  })
  const handle = await env.start(album, { keys: ['a'] })
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  expect(WorkflowFailedError.is(error) && TaskFailure.is(error.cause)).toBe(true)
})

test('a task that hangs is tried again', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  env.mock(resize, ({ key }, ctx) => (ctx.attempt === 1 ? new Promise(() => undefined) : { key }))
  const handle = await env.start(album, { keys: ['a'] })
  await handle.resolvePromise('review', { ok: true })
  expect(await handle.result()).toEqual({ published: 1 })
})

test('an album survives everything', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  env.faults({ dropCompletion: true, duplicateDelivery: 0.5, evict: true, reorder: true })
  const handle = await env.start(album, { keys: ['a', 'b', 'c'] })
  await handle.resolvePromise('review', { ok: true })
  expect(await handle.result()).toEqual({ published: 3 })
})

test('albums that wait for their review since last week go on with the code of today', async () => {
  const waiting = history({ kind: 'album', input: { keys: ['a'] } })
    .taskScheduled({ kind: 'resize', input: { key: 'a', width: 256 } })
    .suspended()
    .taskCompleted({ output: { key: 'a@256' } })
    .promiseCreated({ name: 'review', timeout: '3 days' })
    .suspended()
    .build()
  await replay(album, waiting)
})

test('an album’s log agrees with its code', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  const handle = await env.start(album, { keys: ['a'] })
  await handle.resolvePromise('review', { ok: true })
  await handle.result()
  await replay(album, await handle.history())
})

test('albums are found by what they are about', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  await env.start(album, { keys: ['a'] }, { attributes: { customer: 'x' } })
  const { items } = await env.client.list({ query: 'attributes.customer = "x" AND kind = "album"' })
  expect(items).toMatchObject([{ kind: 'album', status: 'WAITING' }])
  expect(await env.client.count({ status: 'FAILED' })).toBe(0)
})

test('a thumbnail that somebody draws', async () => {
  await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize] })
  let drawing = { executionId: '', taskId: '', token: '' }
  env.mock(resize, ({ key }, ctx) => {
    drawing = { executionId: ctx.executionId, taskId: ctx.taskId, token: ctx.handOver() }
    return { key }
  })
  const handle = await env.start(album, { keys: ['a'] })
  await env.time.advance('10 seconds')
  await env.completeTask(drawing, { key: 'a, by hand' })
  await handle.resolvePromise('review', { ok: true })
  expect(await handle.result()).toEqual({ published: 1 })
})

test('a flow runs the tasks of the test', async () => {
  await using env = await TestEnvironment.create({ tasks: [resize] })
  await env.saveFlow(`
flow: thumbnail
tasks:
  make:
    task: resize
    input: { key: "{{ input.key }}", width: 64 }
output: "{{ tasks.make.output.key }}"
`)
  const handle = await env.start('flow:thumbnail', { key: 'a' })
  expect(await handle.result()).toBe('a@64')
})

test('the guide shows nothing else', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8')
  const source = (await read('guide.test.ts'))
    .replaceAll(/'\.\.\/\.\.\/sdk\/(client|testing)\.ts'/g, "'perdure/$1'")
    .replaceAll("'../../sdk/index.ts'", "'perdure'")
  const guide = await read('../../docs/guide/testing.md')
  const shown = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(([, code = '']) => code.trim().split('\n\n'))
  expect(shown.length).toBeGreaterThan(8)
  for (const part of shown) expect(source).toContain(part)
})
