/** `ctx.state` and attributes: what is said at once, and is in the log with the answer. */
import { describe, expect, it } from 'vitest'
import { WorkflowRun } from '../../../sdk/replay/workflow-run.ts'
import { Driver } from './driver.ts'
import { errorOf, flow, typesOf } from './flow.ts'

const thrown = async (fn: () => unknown) => errorOf(Promise.resolve().then(fn))

describe.each([true, false])('ctx.state, kept in memory: %s', (isKept) => {
  it('D13: the order of the commands is the order of the calls, also when all keys are walked over', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        for (const key of ['10', 'b', '9', 'a']) ctx.state.set(key, key)
        ctx.state.set('b', 'again')
        await ctx.sleep(1)
        for (const key of ctx.state.keys()) ctx.state.delete(key)
        const isThere = ctx.state.delete('a')
        return [ctx.state.keys(), isThere]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    const keys = driver.commands.flatMap((command) => ('key' in command ? `${command.type} ${command.key}` : command.type))
    expect(keys).toEqual([
      ...['10', 'b', '9', 'a', 'b'].map((key) => `SET_STATE ${key}`),
      'START_TIMER',
      ...['10', 'b', '9', 'a'].map((key) => `CLEAR_STATE ${key}`),
      'COMPLETE_WORKFLOW',
    ])
    expect(driver.result).toEqual([[], false])
    await driver.agrees()
  })

  it('D15: values come out equal, and are copies: who changes one changes nothing', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const value = { at: new Date(5), tags: new Set(['a']), size: 12n }
        ctx.state.set('value', value)
        value.tags.add('late')
        await ctx.sleep(1)
        ctx.state.get<typeof value>('value')?.tags.add('later')
        ctx.state.set('nothing', undefined)
        return [ctx.state.get('value'), ctx.state.get('nothing'), ctx.state.get('missing'), ctx.state.keys()]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    expect(driver.result).toEqual([
      { at: new Date(5), tags: new Set(['a']), size: 12n },
      undefined,
      undefined,
      ['value', 'nothing'],
    ])
    await driver.agrees()
  })

  it('D5: sets and side effects before the return are recorded, on success, on failure and on cancellation', async () => {
    const ends = async (how: 'returns' | 'throws' | 'is cancelled') => {
      const driver = new Driver(
        flow(async (ctx) => {
          try {
            await ctx.task('first')
            if (how === 'throws') throw new Error('no')
            return 'yes'
          } finally {
            await ctx.shield(async (shielded) => {
              ctx.state.set('effect', await shielded.run('effect', () => 'done'))
              ctx.setAttributes({ how })
            })
          }
        }),
        { isKept },
      )
      await driver.activate()
      if (how === 'is cancelled') driver.log.cancel('why')
      else driver.log.complete('task-1')
      const { commands } = await driver.activate()
      await driver.agrees()
      return [...typesOf(commands), driver.log.events.filter(({ type }) => type === 'OPERATION_COMPLETED').length]
    }
    expect(await ends('returns')).toEqual(['SET_STATE', 'SET_ATTRIBUTES', 'COMPLETE_WORKFLOW', 1])
    expect(await ends('throws')).toEqual(['SET_STATE', 'SET_ATTRIBUTES', 'FAIL_WORKFLOW', 1])
    expect(await ends('is cancelled')).toEqual(['CANCEL_TASK', 'SET_STATE', 'SET_ATTRIBUTES', 'CANCEL_WORKFLOW', 1])
  })

  it('refuses keys and values that do not fit, where the code can catch it', async () => {
    const driver = new Driver(
      flow(async (ctx) => [
        await thrown(() => ctx.state.set('a/b', 1)),
        await thrown(() => ctx.state.set('f', () => 1)),
        await thrown(() => ctx.state.set('big', 'x'.repeat(1_048_576))),
        ctx.state.keys(),
      ]),
      { isKept },
    )
    await driver.activate()
    expect(driver.result).toEqual([
      'InvalidValue: the key of a value: a name has no control characters and no /',
      expect.stringContaining('the value of f: a function'),
      'ApplicationFailure: the value of big has 1048578 bytes, the limit is 1048576',
      [],
    ])
  })
})

describe.each([true, false])('ctx.setAttributes, kept in memory: %s', (isKept) => {
  it('D2: is said once; what would be too much with what is there is refused at the call', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const many = Object.fromEntries(Array.from({ length: 63 }, (_, n) => [`k${n}`, n]))
        ctx.setAttributes({ tag: ['a', 'b'], count: 1 })
        const tooMany = await thrown(() => ctx.setAttributes(many))
        await ctx.sleep(1)
        const tooLong = await thrown(() => ctx.setAttributes({ text: 'ü'.repeat(8_200) }))
        ctx.setAttributes({ count: 2 })
        // @ts-expect-error an object is no attribute
        const wrong = await thrown(() => ctx.setAttributes({ nested: { a: 1 } }))
        return [tooMany, tooLong, wrong]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.fire('timer-1')
    await driver.activate()
    expect(driver.commands.filter(({ type }) => type === 'SET_ATTRIBUTES')).toEqual([
      { type: 'SET_ATTRIBUTES', attributes: { tag: ['a', 'b'], count: 1 } },
      { type: 'SET_ATTRIBUTES', attributes: { count: 2 } },
    ])
    expect(driver.result).toEqual([
      'InvalidValue: attributes: there would be 65 of them, the limit is 64',
      'InvalidValue: attributes: they would have 16437 bytes, the limit is 16384',
      expect.stringContaining('attributes.nested'),
    ])
    await driver.agrees()
  })
})

it('D1: a kept run that was never shown its own blocks lives through those of another worker', async () => {
  const definition = flow(async (ctx) => {
    for (const key of ['a', 'b', 'c']) {
      ctx.state.set(key, 1)
      ctx.setAttributes({ [key]: true })
      await ctx.task(key)
    }
  })
  const { log } = new Driver(definition)
  const kept = new WorkflowRun(definition, { executionId: 'execution-1', run: 1 })
  const advance = (from: number) =>
    kept.advance({ from, events: log.events.slice(from), snapshotSequence: log.end, activationAt: 5 }, log.reports)
  log.take(await advance(0))
  const ownEnd = log.end
  log.complete('task-1')
  await new Driver(definition, { log }).activate()
  log.complete('task-2')
  expect((await advance(ownEnd)).commands).toEqual([
    { type: 'SET_STATE', key: 'c', value: 1 },
    { type: 'SET_ATTRIBUTES', attributes: { c: true } },
    { type: 'SCHEDULE_TASK', taskId: 'task-3', kind: 'c' },
  ])
})
