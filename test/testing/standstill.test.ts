/** A test is told why nothing goes on, instead of running out of its own time. */
import { describe, expect, test } from 'vitest'
import { DeterminismError, PerdureError, StrayCallError, task, workflow } from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

/** Of code that hangs. */
const patience = 20
const echo = task({ name: 'echo', run: (value: unknown) => value })

describe('a result that will not come', () => {
  test('of a run that waits for somebody is refused with what it waits for', async () => {
    const asking = workflow({ name: 'asking', run: (ctx) => ctx.promise('review') })
    await using env = await TestEnvironment.create({ workflows: [asking], patience })
    const handle = await env.start(asking, undefined, { id: 'asking-1' })
    const result = handle.result()
    await expect(result).rejects.toMatchObject({ code: 'stuck' })
    await expect(result).rejects.toThrow('asking-1 does not go on: it waits for promise "review" (promise-1)')
    // Nothing is lost by it: the run goes on when somebody does something.
    await handle.resolvePromise('review', 7)
    expect(await handle.result()).toBe(7)
  })

  test('of a task that nobody has is refused with its kind', async () => {
    const lost = workflow({ name: 'lost', run: (ctx) => ctx.task('nowhere') })
    await using env = await TestEnvironment.create({ workflows: [lost], patience })
    await expect((await env.start(lost)).result()).rejects.toThrow(/task "nowhere" \(task-1\) – attempt 1 waits for a worker/)
  })

  test('of a workflow that nobody has is refused with its kind', async () => {
    await using env = await TestEnvironment.create({ tasks: [echo], patience })
    await expect((await env.start('unknown')).result()).rejects.toThrow('a worker of queue default with workflow unknown')
  })

  test('of a task that hangs without a limit is refused with its name', async () => {
    const hanging = workflow({ name: 'hanging', run: (ctx) => ctx.task(echo) })
    await using env = await TestEnvironment.create({ workflows: [hanging], tasks: [echo], patience })
    env.mock(echo, () => new Promise(() => undefined))
    await expect((await env.start(hanging)).result()).rejects.toThrow('attempt 1 is with a worker')
  })

  test('of a task that hangs goes on if its workflow has a limit', async () => {
    const limited = workflow({
      name: 'limited',
      run: (ctx) => Promise.race([ctx.task(echo), ctx.sleep('3 days').then(() => 'in vain')]),
    })
    await using env = await TestEnvironment.create({ workflows: [limited], tasks: [echo], patience })
    env.mock(echo, () => new Promise(() => undefined))
    expect(await (await env.start(limited)).result()).toBe('in vain')
  })
})

describe('code that cannot be advanced', () => {
  test('D9: that is not deterministic is refused with where, when it is replayed', async () => {
    let lives = 0
    const fickle = workflow({
      name: 'fickle',
      async run(ctx) {
        lives += 1
        await ctx.task(echo, lives)
        return lives > 1 ? ctx.task('other') : ctx.task(echo)
      },
    })
    await using env = await TestEnvironment.create({ workflows: [fickle], tasks: [echo] })
    const calm = await env.start(fickle)
    await calm.result()
    lives = 0
    env.mock('other', () => 'other')
    const changing = workflow({
      name: 'changing',
      async run(ctx) {
        lives += 1
        await ctx.task(lives === 1 ? 'echo' : 'other')
        await ctx.sleep('1s')
      },
    })
    await using faulty = await TestEnvironment.create({ workflows: [changing], tasks: [echo] })
    lives = 0
    faulty.faults({ evict: true })
    const handle = await faulty.start(changing)
    const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
    expect(DeterminismError.is(error) && error).toMatchObject({
      index: 1,
      expected: 'task "echo" (TASK_SCHEDULED, event 2)',
      actual: 'task "other"',
      location: expect.stringContaining('standstill.test.ts'),
    })
    expect((await handle.describe()).problem).toMatchObject({ type: 'DETERMINISM' })
  })

  test('D10: that does I/O is refused by the name of what it called', async () => {
    const straying = workflow({
      name: 'straying',
      async run() {
        await fetch('http://127.0.0.1:1/')
      },
    })
    await using env = await TestEnvironment.create({ workflows: [straying] })
    const error: unknown = await (await env.start(straying)).result().catch((thrown: unknown) => thrown)
    expect(StrayCallError.is(error) && error.message).toContain('fetch cannot be used in workflow code')
  })

  test('D9: of a child is told to who waits for its parent', async () => {
    const child = workflow({
      name: 'child',
      async run() {
        await new Promise((resolve) => setTimeout(resolve, 1))
      },
    })
    const parent = workflow({ name: 'parent', run: (ctx) => ctx.child(child) })
    await using env = await TestEnvironment.create({ workflows: [parent, child] })
    await expect((await env.start(parent)).result()).rejects.toThrow('setTimeout cannot be used in workflow code')
  })
})

describe('requests', () => {
  const resting = workflow({ name: 'resting', run: (ctx) => ctx.promise('never') })

  test('of an execution that is not there are refused as by the service', async () => {
    await using env = await TestEnvironment.create({ workflows: [resting] })
    for (const refused of [
      env.client.handle('nobody').describe(),
      env.client.handle('nobody').cancel(),
      env.client.handle('nobody').result(),
    ])
      await expect(refused).rejects.toMatchObject({ code: 'not_found', status: 404 })
  })

  test('N11: a value that is too large is refused at the edge, with its size', async () => {
    await using env = await TestEnvironment.create({ workflows: [resting] })
    const handle = await env.start(resting)
    await expect(handle.resolvePromise('never', 'x'.repeat(2_000_000))).rejects.toThrow('2000002 bytes')
    expect((await handle.describe()).status).toBe('WAITING')
  })

  test('N11: an output that is too large fails its task, and the run goes on', async () => {
    const large = workflow({ name: 'large', run: (ctx) => ctx.task(echo).catch(() => 'refused') })
    await using env = await TestEnvironment.create({ workflows: [large], tasks: [echo] })
    env.mock(echo, () => 'x'.repeat(2_000_000))
    expect(await (await env.start(large)).result()).toBe('refused')
  })

  test('bad options are refused by their name', async () => {
    await expect(TestEnvironment.create({ workflows: [resting, resting] })).rejects.toThrow('two workflows named "resting"')
    await expect(TestEnvironment.create({ workflows: [resting], slots: { workflow: 0 } })).rejects.toThrow('slots.workflow is 0')
    await expect(TestEnvironment.create({ workflows: [resting], now: Number.NaN })).rejects.toThrow('now is NaN')
    await using env = await TestEnvironment.create({ workflows: [resting] })
    await expect(env.time.advance(-1)).rejects.toThrow('-1 is not a duration')
  })
})

test('who waits is told when the environment is closed', async () => {
  const resting = workflow({ name: 'resting', run: (ctx) => ctx.sleep('1 day') })
  const env = await TestEnvironment.create({ workflows: [resting], tasks: [echo] })
  const handle = await env.start(resting)
  const result = handle.result()
  await env.close()
  await expect(result).rejects.toMatchObject({ code: 'closed' })
  await expect(env.time.advance('1 day')).rejects.toMatchObject({ code: 'closed' })
  expect(PerdureError.is(await handle.describe().catch((error: unknown) => error))).toBe(true)
})

test('a reader waits less than a patience of nothing', async () => {
  const hanging = workflow({ name: 'hanging', run: (ctx) => ctx.task(echo) })
  await using env = await TestEnvironment.create({ workflows: [hanging], tasks: [echo], patience: 0 })
  env.mock(echo, () => new Promise(() => undefined))
  expect((await (await env.start(hanging)).describe()).awaiting).toMatchObject([{ type: 'task' }])
})

test('waiting for a result can be given up', async () => {
  const resting = workflow({ name: 'resting', run: (ctx) => ctx.promise('never') })
  await using env = await TestEnvironment.create({ workflows: [resting] })
  const handle = await env.start(resting)
  await expect(handle.result({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  const giveUp = new AbortController()
  const result = handle.result({ signal: giveUp.signal })
  giveUp.abort(new Error('enough now'))
  await expect(result).rejects.toThrow('enough now')
})
