/** Children, and executions that are not. */
import { describe, expect, it } from 'vitest'
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  defineSignal,
  type Failure,
  TerminatedFailure,
  TimeoutFailure,
  workflow,
} from '../../../sdk/index.ts'
import { Driver } from './driver.ts'
import { errorOf, flow, keeper, typesOf } from './flow.ts'

const album = workflow({ name: 'album', run: async (_, input: { page: number }) => [input.page] })
const turn = defineSignal<number>('turn')

describe.each([true, false])('ctx.child, kept in memory: %s', (isKept) => {
  it('D3 D1 D2: three children in a loop over three activations have each its own id, the same on every replay', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const results: unknown[] = []
        for (let page = 1; page <= 3; page += 1) {
          const child = ctx.child(album, { page })
          results.push([child.executionId, await child])
        }
        return results
      }),
      { isKept },
    )
    for (let n = 1; n <= 3; n += 1) {
      expect((await driver.activate()).commands).toEqual([
        { type: 'START_CHILD_WORKFLOW', childId: `child-${n}`, kind: 'album', input: { page: n } },
      ])
      driver.log.append('CHILD_WORKFLOW_STARTED', { childId: `child-${n}`, executionId: `execution-1:1:child-${n}` })
      driver.log.completeChild(`child-${n}`, [n])
    }
    await driver.activate()
    expect(driver.result).toEqual([1, 2, 3].map((n) => [`execution-1:1:child-${n}`, [n]]))
    await driver.agrees()
  })

  it('W12: what the code says of it is in the command', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const { executionId } = ctx.child('other', [1n], {
          id: 'chosen',
          queue: 'slow',
          parentClosePolicy: 'ABANDON',
          attributes: { tag: ['a'] },
          timeout: '1 hour',
        })
        await ctx.task('tell', executionId)
      }),
      { isKept },
    )
    expect((await driver.activate()).commands).toEqual([
      {
        type: 'START_CHILD_WORKFLOW',
        childId: 'child-1',
        executionId: 'chosen',
        kind: 'other',
        input: [{ $bigint: '1' }],
        queue: 'slow',
        parentClosePolicy: 'ABANDON',
        attributes: { tag: ['a'] },
        timeoutMs: 3_600_000,
      },
      { type: 'SCHEDULE_TASK', taskId: 'task-1', kind: 'tell', input: 'chosen' },
    ])
  })

  it('every way to end is a ChildWorkflowFailure with its cause', async () => {
    const { keep, kept } = keeper()
    const driver = new Driver(
      flow(async (ctx) => {
        const children = [1, 2, 3, 4, 5].map((page) => ctx.child(album, { page }))
        await ctx.task('between')
        for (const child of children) await keep(child)
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.failChild('child-1', {
      type: 'Torn',
      message: 'torn',
      details: 1,
      stack: 'Torn: torn\n    at page (album.ts:3:1)',
    })
    driver.log.endChild('child-2', 'TIMED_OUT')
    driver.log.endChild('child-3', 'CANCELLED')
    driver.log.endChild('child-4', 'TERMINATED')
    driver.log.failChild('child-5', { type: 'ALREADY_EXISTS', message: 'another has this id' })
    driver.log.complete('task-1')
    await driver.activate()
    expect(kept.every((error) => ChildWorkflowFailure.is(error))).toBe(true)
    const causes = (kept as ChildWorkflowFailure[]).map(({ cause }) => cause as Failure)
    expect(causes.map(({ type }) => type)).toEqual(['Torn', 'TIMEOUT', 'CANCELLED', 'TERMINATED', 'ALREADY_EXISTS'])
    const classes = [ApplicationFailure, TimeoutFailure, CancelledFailure, TerminatedFailure, ApplicationFailure]
    expect(classes.map((each, index) => each.is(causes[index]))).toEqual(Array(5).fill(true))
    expect(kept[0]).toMatchObject({
      message: 'child album (execution-1:1:child-1) failed: torn',
      child: { childId: 'child-1', executionId: 'execution-1:1:child-1', kind: 'album' },
      stack: expect.stringContaining('at page (album.ts:3:1)'),
    })
  })

  it('is signalled, and asked to stop, once; how it ends is awaited', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const child = ctx.child(album, { page: 1 })
        await child.signal(turn, 2)
        child.cancel()
        child.cancel()
        return errorOf(child)
      }),
      { isKept },
    )
    expect((await driver.activate()).commands.slice(1)).toEqual([
      { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'execution-1:1:child-1', name: 'turn', payload: 2 },
    ])
    driver.log.answerRequest('external-1')
    expect((await driver.activate()).commands).toEqual([{ type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' }])
    driver.log.endChild('child-1', 'CANCELLED')
    await driver.activate()
    expect(driver.result).toBe('ChildWorkflowFailure: child album (execution-1:1:child-1) was cancelled: it was cancelled')
    await driver.agrees()
  })

  it('what it cannot be given is refused where the code can catch it, and uses up no id', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const refused = await Promise.all([
          errorOf(ctx.child('a', Number.NaN)),
          errorOf(ctx.child('a', 1, { id: 'no/slash' })),
          errorOf(ctx.child('a', 1, { timeout: 0 })),
          errorOf(ctx.child('a', 1, { queue: '' })),
          errorOf(ctx.execution('').signal('x')),
          errorOf(ctx.execution('x').signal('a/b')),
          errorOf(ctx.execution('x').cancel('r'.repeat(1_001))),
        ])
        await ctx.child('a')
        return refused
      }),
      { isKept },
    )
    expect((await driver.activate()).commands).toEqual([{ type: 'START_CHILD_WORKFLOW', childId: 'child-1', kind: 'a' }])
    driver.log.completeChild('child-1')
    await driver.activate()
    const starts = [
      'the input of a: NaN is not a JSON number',
      'the id of child a: an execution id is made of A-Z',
      'child a.timeoutMs: Too small',
      'child a.queue: a queue is 1 to 100',
      'the id of an execution: an execution id has at least 1 character',
      'the name of a signal: a name has no control characters',
      'the reason: Too big',
    ]
    expect(driver.result).toEqual(starts.map((start) => expect.stringContaining(`InvalidValue: ${start}`)))
  })
})

describe.each([true, false])('ctx.execution, kept in memory: %s', (isKept) => {
  it('D2: signals and cancellations are sent once, and settle when the other has answered', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const other = ctx.execution('order-7')
        const sent = other.signal(turn, 1)
        const named = other.signal('plain')
        const asked = other.cancel('enough')
        const gone = errorOf(ctx.execution('gone').cancel())
        await ctx.task('meanwhile')
        return [await sent, await errorOf(named), await asked, await gone]
      }),
      { isKept },
    )
    const { commands, awaiting } = await driver.activate()
    expect(commands.slice(0, -1)).toEqual([
      { type: 'SIGNAL_WORKFLOW', requestId: 'external-1', executionId: 'order-7', name: 'turn', payload: 1 },
      { type: 'SIGNAL_WORKFLOW', requestId: 'external-2', executionId: 'order-7', name: 'plain' },
      { type: 'CANCEL_WORKFLOW_EXECUTION', requestId: 'external-3', executionId: 'order-7', reason: 'enough' },
      { type: 'CANCEL_WORKFLOW_EXECUTION', requestId: 'external-4', executionId: 'gone' },
    ])
    expect(awaiting).toEqual([
      { type: 'condition', id: 'external-1', name: 'signal "turn" to "order-7"' },
      { type: 'condition', id: 'external-2', name: 'signal "plain" to "order-7"' },
      { type: 'condition', id: 'external-3', name: 'cancel of "order-7"' },
      { type: 'condition', id: 'external-4', name: 'cancel of "gone"' },
    ])
    driver.log.complete('task-1')
    expect(typesOf((await driver.activate()).commands)).toEqual([])
    driver.log.answerRequest('external-4', { type: 'not_found', message: 'no execution gone' })
    driver.log.answerRequest('external-2', { type: 'already_closed', message: 'closed' })
    driver.log.answerRequest('external-1')
    await driver.activate()
    driver.log.answerRequest('external-3')
    await driver.activate()
    expect(driver.result).toEqual([undefined, 'ApplicationFailure: closed', undefined, 'ApplicationFailure: no execution gone'])
    await driver.agrees()
  })
})
