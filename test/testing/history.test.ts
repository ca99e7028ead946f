/** Logs written by hand, and replay over them and over recorded ones. */
import { describe, expect, test } from 'vitest'
import { historyEvent, payloadFields } from '../../schemas/events.ts'
import { ApplicationFailure, PerdureError, TaskFailure, task, type WorkflowContext, workflow } from '../../sdk/index.ts'
import { DeterminismError, history, replay, TestEnvironment } from '../../sdk/testing.ts'

const resize = task({ name: 'resize', run: async ({ key }: { key: string }) => ({ key: `${key}@256` }) })
const publish = task({ name: 'publish', run: async (keys: string[]) => keys.length })
const albumOf = (run: (ctx: WorkflowContext, input: { keys: string[] }) => Promise<unknown>) => workflow({ name: 'album', run })

const album = albumOf(async (ctx, input) => {
  const thumbs = await Promise.all(input.keys.map((key) => ctx.task(resize, { key })))
  await ctx.sleep('1 hour')
  return ctx.task(
    publish,
    thumbs.map(({ key }) => key),
  )
})

const written = () =>
  history({ kind: 'album', input: { keys: ['a', 'b'] } })
    .taskScheduled({ kind: 'resize', input: { key: 'a' } })
    .taskScheduled({ kind: 'resize', input: { key: 'b' } })
    .suspended()
    .taskCompleted({ taskId: 'task-2', output: { key: 'b@256' } })
    .taskCompleted({ output: { key: 'a@256' } })
    .timerStarted({ duration: '1 hour' })
    .suspended()
    .timerFired()
    .taskScheduled({ kind: 'publish', input: ['a@256', 'b@256'] })
    .suspended()

const disagreement = async (replayed: Promise<void>): Promise<DeterminismError> => {
  const error: unknown = await replayed.then(
    () => 'it agrees',
    (thrown: unknown) => thrown,
  )
  if (!DeterminismError.is(error)) throw error
  return error
}

describe('a log that is written by hand', () => {
  test('is what the service would have written', () => {
    const { executionId, run, events } = written().build()
    expect([executionId, run]).toEqual(['execution-1', 1])
    for (const event of events) expect(historyEvent.parse(event)).toEqual(event)
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect(events[3]).toMatchObject({ type: 'WORKFLOW_SUSPENDED', data: { snapshotSequence: 1, commandsFrom: 2 } })
    expect(events[7]).toMatchObject({ type: 'WORKFLOW_SUSPENDED', data: { snapshotSequence: 6, commandsFrom: 7 } })
    const [started, fired] = [events[6], events[8]]
    if (started?.type !== 'TIMER_STARTED' || fired?.type !== 'TIMER_FIRED') throw new Error('the timer is somewhere else')
    expect(started.data.durationMs).toBe(3_600_000)
    expect(fired.at).toBe(started.data.fireAt)
  })

  test('has one method for each event that there is', () => {
    const methodOf = (type: string): string =>
      type
        .replace(/^WORKFLOW_/, '')
        .toLowerCase()
        .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    const builder: object = history({ kind: 'album' })
    const types = Object.keys(payloadFields).filter((type) => type !== 'WORKFLOW_STARTED' && !type.startsWith('FLOW_'))
    expect(types.filter((type) => typeof Reflect.get(builder, methodOf(type)) !== 'function')).toEqual([])
  })

  test('takes authors’ values and errors', async () => {
    const day = new Date('2026-02-03T04:05:06Z')
    const seen: unknown[] = []
    const flow = workflow({
      name: 'flow',
      async run(ctx, input: { day: Date }) {
        seen.push(input.day, await ctx.task('when'))
        seen.push(await ctx.task('failing').catch((error: unknown) => error))
      },
    })
    const log = history({ kind: 'flow', input: { day } })
      .taskScheduled({ kind: 'when' })
      .suspended()
      .taskCompleted({ output: new Map([[day, 2n]]) })
      .taskScheduled({ kind: 'failing' })
      .suspended()
      .taskFailed({ failure: new ApplicationFailure('no', { type: 'Odd' }), attempt: 3 })
      .completed()
      .build()
    await replay(flow, log)
    const [input, output, failure] = seen
    expect(input).toEqual(day)
    expect(output).toEqual(new Map([[day, 2n]]))
    expect(TaskFailure.is(failure) && [failure.task.attempt, failure.cause]).toMatchObject([3, { type: 'Odd', message: 'no' }])
  })

  test('names what is wrong', () => {
    expect(() => history({ kind: 'album' }).taskScheduled({ kind: '' })).toThrow(/event 2, TASK_SCHEDULED: data.kind/)
    expect(() => history({ kind: 'album' }).taskCompleted()).toThrow('no task is open after event 1')
  })
})

describe('replay', () => {
  test('agrees with the code that wrote the log', async () => {
    await replay(album, written().build())
    await replay(album, written().taskCompleted({ output: 2 }).completed({ output: 2 }).build())
    await replay(album, written().build().events)
    await using env = await TestEnvironment.create({ workflows: [album], tasks: [resize, publish] })
    const handle = await env.start(album, { keys: ['a'] })
    await handle.result()
    const recorded = await handle.history()
    await replay(album, recorded)
    await replay(album, JSON.parse(JSON.stringify(recorded)))
  })

  test('D9: tells where the code and its log part', async () => {
    const swapped = albumOf(async (ctx, input) => {
      await ctx.task(publish, input.keys)
      return ctx.task(resize, { key: 'a' })
    })
    const error = await disagreement(replay(swapped, written().build()))
    expect(error).toMatchObject({ index: 1, expected: 'task "resize" (TASK_SCHEDULED, event 2)', actual: 'task "publish"' })
    expect(error.location).toContain('history.test.ts')
    for (const part of [error.expected, error.actual, error.location, error.hint]) expect(error.message).toContain(part)
  })

  test('D9: tells of a call that was added', async () => {
    const longer = albumOf(async (ctx, input) => {
      await ctx.sleep('1s')
      return Promise.all(input.keys.map((key) => ctx.task(resize, { key })))
    })
    const error = await disagreement(replay(longer, written().build()))
    expect(error).toMatchObject({ index: 1, actual: 'timer' })
  })

  test('D9: tells of a run that ends otherwise', async () => {
    const failing = albumOf(async (ctx, input) => {
      await Promise.all(input.keys.map((key) => ctx.task(resize, { key })))
      await ctx.sleep('1 hour')
      await ctx.task(publish, input.keys)
      throw new Error('no')
    })
    const log = written().taskCompleted({ output: 2 }).completed({ output: 2 }).build()
    expect(await disagreement(replay(failing, log))).toMatchObject({ index: 13, actual: 'FAIL_WORKFLOW' })
    const never = albumOf(async (ctx, input) => {
      await Promise.all(input.keys.map((key) => ctx.task(resize, { key })))
      await ctx.sleep('1 hour')
      await ctx.task(publish, input.keys)
      await ctx.sleep('1 hour')
    })
    await disagreement(replay(never, log))
  })

  test('D14: a shortened loop is legal if the run can still end', async () => {
    const shorter = albumOf(async (ctx, input) => Promise.all(input.keys.map((key) => ctx.task(resize, { key }))))
    await replay(shorter, written().build())
  })

  test('a log of another workflow is told by its name', async () => {
    const other = workflow({ name: 'order', run: album.run })
    const error = await disagreement(replay(other, written().build()))
    expect(error).toMatchObject({ index: 1, actual: 'workflow order', hint: 'The log is of another workflow' })
    expect(error.expected).toContain('workflow album')
  })

  test.each([[{}], [undefined], [null], ['{}'], [{ events: 7 }], [[1, 2]], [{ code: 'not_found' }]])(
    'what is no log is refused: %j',
    async (given) => {
      const error: unknown = await replay(album, given as never).catch((thrown: unknown) => thrown)
      expect(PerdureError.is(error) && [error.code, error.message]).toEqual([
        'invalid_request',
        'replay takes what handle.history() gives, or a list of events',
      ])
    },
  )

  test('D11: an event that nobody knows is named', async () => {
    const { events } = written().build()
    const strange = JSON.parse(JSON.stringify(events).replace('TIMER_STARTED', 'MOON_ROSE'))
    await expect(replay(album, strange)).rejects.toThrow('event 7 has the type MOON_ROSE')
  })
})
