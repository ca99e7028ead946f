/** Everything that workflow code can ask for, in a test environment: calm, and with everything going wrong at once. */
import { describe, expect, test } from 'vitest'
import { WorkflowCancelledError, WorkflowFailedError, WorkflowTerminatedError, WorkflowTimedOutError } from '../../sdk/client.ts'
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  defineSignal,
  PromiseRejected,
  TerminatedFailure,
  TimeoutFailure,
  task,
  workflow,
} from '../../sdk/index.ts'
import { type Faults, replay, TestEnvironment } from '../../sdk/testing.ts'

const resize = task({
  name: 'resize',
  run: async ({ key, width }: { key: string; width: number }) => ({ key: `${key}@${width}` }),
})
const release = task({ name: 'release', run: async (what: string) => `${what} is released` })

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

const say = defineSignal<string>('say')
const chat = workflow({
  name: 'chat',
  async run(ctx, input: { until: string }) {
    const said: string[] = []
    for await (const word of ctx.signals(say)) {
      said.push(word)
      if (word === input.until) break
      if (word === 'ping') ctx.state.set('pinged', said.length)
    }
    return { said, pinged: ctx.state.get('pinged'), left: ctx.signals(say).drain() }
  },
})

const patient = workflow({
  name: 'patient',
  async run(ctx) {
    let words = 0
    ctx.onSignal(say, () => {
      words += 1
    })
    await ctx.until(() => words >= 2, { timeout: '1 day' })
    return words
  },
})

const careful = workflow({
  name: 'careful',
  async run(ctx, what: string) {
    try {
      await ctx.sleep('1 day')
      return 'done'
    } catch (error) {
      const note = await ctx.shield((shielded) => shielded.task(release, what))
      ctx.setAttributes({ note, requested: ctx.cancellation.requested })
      throw error
    }
  },
})

const kindOf = (failure: unknown): string => {
  if (!ChildWorkflowFailure.is(failure)) return String(failure)
  if (TerminatedFailure.is(failure.cause)) return 'terminated'
  if (TimeoutFailure.is(failure.cause)) return 'timed out'
  return ApplicationFailure.is(failure.cause) ? failure.cause.type : String(failure.cause)
}

const family = workflow({
  name: 'family',
  async run(ctx, input: { names: string[] }) {
    const children = input.names.map((name) => ctx.child(album, { keys: [name] }, { id: `album-${name}` }))
    for (const child of children) await ctx.execution(child.executionId).signal('hello', 1)
    const ends = await Promise.allSettled(children)
    return ends.map((end) => (end.status === 'fulfilled' ? end.value.published : kindOf(end.reason)))
  },
})

const workflows = [album, chat, patient, careful, family]
const create = () => TestEnvironment.create({ workflows, tasks: [resize, release] })
const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => 'it succeeded').catch((error) => error)
const causeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = await failureOf(promise)
  return WorkflowFailedError.is(error) ? error.cause : error
}

describe('promises', () => {
  test('N6: settled before or after they are awaited, by name or id', async () => {
    await using env = await create()
    const early = await env.start(album, { keys: ['a'] })
    await early.resolvePromise('review', { ok: true })
    expect(await early.result()).toEqual({ published: 1 })
    const late = await env.start(album, { keys: ['a', 'b'] })
    expect((await late.describe()).awaiting).toMatchObject([{ type: 'promise', id: 'promise-1', name: 'review' }])
    expect(await late.resolvePromise('promise-1', { ok: true })).toEqual({ alreadySettled: false })
    expect(await late.resolvePromise('review', { ok: false })).toEqual({ alreadySettled: true })
    expect(await late.result()).toEqual({ published: 2 })
    await replay(album, await late.history())
  })

  test('run out of time, or are rejected', async () => {
    await using env = await create()
    const timedOut = await env.start(album, { keys: [] })
    const began = env.time.now()
    expect(TimeoutFailure.is(await causeOf(timedOut.result()))).toBe(true)
    expect(env.time.now() - began).toBe(3 * 86_400_000)
    const rejected = await env.start(album, { keys: [] })
    await rejected.rejectPromise('review', new ApplicationFailure('too dark', { type: 'Dark' }))
    const cause = await causeOf(rejected.result())
    expect(PromiseRejected.is(cause) && ApplicationFailure.is(cause.cause) && cause.cause.type).toBe('Dark')
  })
})

describe('signals', () => {
  test('N4, D4: are kept in order, however early they come', async () => {
    await using env = await create()
    const handle = await env.start(chat, { until: 'bye' })
    for (const word of ['one', 'ping', 'bye', 'more']) await handle.signal(say, word)
    expect(await handle.result()).toEqual({ said: ['one', 'ping', 'bye'], pinged: 2, left: ['more'] })
  })

  test('N4: a start with a signal is one transaction', async () => {
    await using env = await create()
    const handle = await env.client.signalWithStart(chat, { until: 'bye' }, { id: 'c', signal: say, payload: 'bye' })
    expect(await handle.result()).toMatchObject({ said: ['bye'] })
    expect((await handle.history()).events.slice(0, 2)).toMatchObject([{ type: 'WORKFLOW_STARTED' }, { type: 'SIGNAL_RECEIVED' }])
  })

  test('conditions over what handlers have seen', async () => {
    await using env = await create()
    const handle = await env.start(patient)
    await handle.signal(say, 'a')
    expect((await handle.describe()).awaiting).toMatchObject([{ type: 'timer' }, { type: 'condition' }])
    await handle.signal(say, 'b')
    expect(await handle.result()).toBe(2)
    expect(TimeoutFailure.is(await causeOf((await env.start(patient)).result()))).toBe(true)
  })
})

describe('ends', () => {
  test('W14: cancelled, with what is shielded let finish', async () => {
    await using env = await create()
    const handle = await env.start(careful, 'the hotel')
    await env.time.advance('1 hour')
    await handle.cancel('too late')
    expect(WorkflowCancelledError.is(await failureOf(handle.result()))).toBe(true)
    const { status, attributes } = await handle.describe()
    expect({ status, attributes }).toEqual({
      status: 'CANCELLED',
      attributes: { note: 'the hotel is released', requested: true },
    })
  })

  test('terminated and timed out', async () => {
    await using env = await create()
    const terminated = await env.start(careful, 'it')
    await terminated.terminate('enough')
    expect(WorkflowTerminatedError.is(await failureOf(terminated.result()))).toBe(true)
    await expect(terminated.signal(say, 'late')).rejects.toMatchObject({ code: 'already_closed' })
    const timedOut = await env.start(careful, 'it', { timeout: '2 hours' })
    expect(WorkflowTimedOutError.is(await failureOf(timedOut.result()))).toBe(true)
  })

  test('a start with an id that exists is the same execution', async () => {
    await using env = await create()
    const first = await env.start(careful, 'it', { id: 'same' })
    expect((await env.start(careful, 'it', { id: 'same' })).run).toBe(first.run)
    await expect(env.start(careful, 'it', { id: 'same', onConflict: 'FAIL' })).rejects.toMatchObject({ code: 'already_exists' })
    await first.terminate()
    const second = await env.start(careful, 'it', { id: 'same', idReuse: 'ALLOW' })
    expect([second.id, second.run]).toEqual(['same', 2])
    expect((await first.history()).events.map(({ type }) => type)).toContain('WORKFLOW_TERMINATED')
    expect((await second.history()).events).toHaveLength(3)
  })
})

test('a paused run begins nothing until it is resumed', async () => {
  await using env = await create()
  const handle = await env.start(album, { keys: ['a'] })
  await handle.pause('holiday')
  await env.time.advance('1 day')
  expect(await handle.describe()).toMatchObject({ status: 'PAUSED', paused: true })
  // What was out already is answered; no attempt begins.
  expect((await handle.describe()).awaiting).toMatchObject([{ type: 'task', id: 'task-1' }])
  expect((await handle.history()).events.map(({ type }) => type)).not.toContain('TASK_COMPLETED')
  await handle.resume()
  await handle.resolvePromise('review', { ok: true })
  expect(await handle.result()).toEqual({ published: 1 })
})

describe('children', () => {
  test('S6, N12: their ends reach the parent, each in its own way', async () => {
    await using env = await create()
    const handle = await env.start(family, { names: ['good', 'bad', 'gone', 'slow'] })
    await handle.describe()
    await env.client.handle('album-good').resolvePromise('review', { ok: true })
    await env.client.handle('album-bad').resolvePromise('review', { ok: false })
    await env.client.handle('album-gone').terminate('enough')
    expect(await handle.result()).toEqual([1, 'Rejected', 'terminated', 'timed out'])
    expect((await env.client.handle('album-good').describe()).parent).toMatchObject({
      executionId: handle.id,
      childId: 'child-1',
    })
    const signalled = await env.client.handle('album-good').history()
    expect(signalled.events.map(({ type }) => type)).toContain('SIGNAL_RECEIVED')
    await replay(family, await handle.history())
  })

  test('follow their parent when it closes', async () => {
    const parent = workflow({
      name: 'parent',
      async run(ctx) {
        ctx.child(careful, 'terminated', { id: 'child-t' })
        ctx.child(careful, 'cancelled', { id: 'child-c', parentClosePolicy: 'CANCEL' })
        ctx.child(careful, 'abandoned', { id: 'child-a', parentClosePolicy: 'ABANDON' })
        await ctx.sleep('1 minute')
      },
    })
    await using env = await TestEnvironment.create({ workflows: [parent, careful], tasks: [release] })
    await (await env.start(parent)).result()
    const statuses = ['child-t', 'child-c', 'child-a'].map(async (id) => (await env.client.handle(id).describe()).status)
    expect(await Promise.all(statuses)).toEqual(['TERMINATED', 'CANCELLED', 'WAITING'])
    expect(await env.client.handle('child-a').result()).toBe('done')
  })
})

describe('whatever goes wrong', () => {
  const everything: Faults = { dropCompletion: true, duplicateDelivery: true, evict: true, reorder: true }
  const some: Faults = { dropCompletion: 0.3, duplicateDelivery: 0.5, evict: 0.5, reorder: 0.5 }
  const whole = workflow({
    name: 'whole',
    async run(ctx) {
      const child = ctx.child(chat, { until: 'bye' }, { id: 'whole-chat' })
      for (const word of ['a', 'ping', 'bye']) await child.signal(say, word)
      const talk = await child
      const asked = ctx.promise<number>('number', { timeout: '1 day' })
      const [number, released] = await Promise.all([asked, ctx.task(release, 'the room')])
      ctx.state.set('number', number)
      const beaten = await ctx.withTimeout('1 hour', ctx.sleep('2 hours')).catch((error: unknown) => TimeoutFailure.is(error))
      const stranger = await ctx
        .execution('nobody')
        .signal(say, 'hello')
        .catch((error: unknown) => String(error))
      const stopped = ctx.child(careful, 'the car', { id: 'whole-careful' })
      await ctx.sleep('1 minute')
      stopped.cancel()
      const end = await stopped.catch((error: unknown) => ChildWorkflowFailure.is(error) && CancelledFailure.is(error.cause))
      return { talk, number, released, beaten, stranger, end, keys: ctx.state.keys() }
    },
  })

  const ran = async (faults: Faults, seed: string) => {
    await using env = await TestEnvironment.create({ workflows: [...workflows, whole], tasks: [release], seed })
    env.faults(faults)
    const handle = await env.start(whole)
    await handle.resolvePromise('number', 42)
    const output = await handle.result()
    const log = await handle.history()
    await replay(whole, log)
    return { output, types: log.events.map(({ type }) => type) }
  }

  const count = (types: string[], type: string): number => types.filter((each) => each === type).length

  test.each<[string, Faults]>([
    ['calm', {}],
    ['everything', everything],
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((seed): [string, Faults] => [seed, some]),
  ])('%s: it ends the same, and each thing happened once', async (seed, faults) => {
    const { output, types } = await ran(faults, seed)
    expect(output).toEqual({
      talk: { said: ['a', 'ping', 'bye'], pinged: 2, left: [] },
      number: 42,
      released: 'the room is released',
      beaten: true,
      stranger: expect.stringContaining('there is no execution'),
      end: true,
      keys: ['number'],
    })
    for (const type of ['PROMISE_RESOLVED', 'CHILD_WORKFLOW_COMPLETED', 'CHILD_WORKFLOW_CANCELLED', 'EXTERNAL_SIGNAL_FAILED'])
      expect([type, count(types, type)]).toEqual([type, 1])
    expect(count(types, 'EXTERNAL_SIGNAL_SENT')).toBe(3)
  })
})
