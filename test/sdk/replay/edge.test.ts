/**
 * D4: what code can read of where its batch of events ended is the same when it is replayed: an activation sees what its
 * snapshot held, no more and no less, whether it was kept or not, and whatever ended in between.
 */
import { describe, expect, it } from 'vitest'
import { PerdureError, type WorkflowContext } from '../../../sdk/index.ts'
import type { OperationOutcome, Recorded } from '../../../sdk/replay/operations.ts'
import { recomputeBlocks } from '../../../sdk/replay/replay-check.ts'
import { WorkflowRun } from '../../../sdk/replay/workflow-run.ts'
import { Driver } from './driver.ts'
import { flow, thrownBy } from './flow.ts'
import { Log } from './log.ts'

describe.each([true, false])('D4, kept in memory: %s', (isKept) => {
  it('a signal is visible only in activations whose snapshot held it', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const seen: unknown[] = []
        for (let n = 1; n <= 4; n += 1) {
          seen.push([ctx.signals('s').has(), ctx.info.historyLength])
          await ctx.task('step', seen)
        }
        return [seen, ctx.signals('s').drain()]
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    await driver.activate()
    driver.log.complete('task-2')
    driver.log.signal('s', 1)
    await driver.activate()
    driver.log.signal('s', 2)
    driver.log.complete('task-3')
    await driver.activate()
    driver.log.complete('task-4')
    await driver.activate()
    const [seen, drained] = driver.result as [unknown[], unknown[]]
    expect(seen).toEqual([
      [false, 1],
      [false, 4],
      [true, 8],
      [true, 12],
    ])
    expect(drained).toEqual([1, 2])
    await driver.agrees()
  })

  it('has and drain see the whole of a batch from its first event on, next takes each at its place', async () => {
    const driver = new Driver(
      flow(async (ctx) => {
        const channel = ctx.signals('s')
        const trace: unknown[] = []
        const waiting = channel.next().then((value) => trace.push(['waiting', value]))
        for (let n = 1; n <= 2; n += 1) {
          await ctx.task('step')
          trace.push([n, channel.has(), channel.drain(), channel.has()])
        }
        await waiting
        return trace
      }),
      { isKept },
    )
    await driver.activate()
    driver.log.complete('task-1')
    for (const n of [1, 2, 3]) driver.log.signal('s', n)
    await driver.activate()
    driver.log.complete('task-2')
    driver.log.signal('s', 4)
    await driver.activate()
    // The first belongs to whoever was waiting for it.
    expect(driver.result).toEqual([
      [1, true, [2, 3], false],
      ['waiting', 1],
      [2, true, [4], false],
    ])
    await driver.agrees()
  })

  it('the log ends somewhere else when a side effect ends in between: what is read afterwards is read there', async () => {
    const driver: Driver = new Driver(
      flow(async (ctx) => {
        const before = await ctx.run('first', () => {
          driver.log.signal('s', 'during first')
          return 'x'
        })
        const seen = [ctx.signals('s').has(), ctx.info.historyLength, ctx.now() > 0]
        const after = await ctx.run('second', () => {
          driver.log.signal('s', 'during second')
          return 'y'
        })
        return [before, seen, after, ctx.signals('s').drain(), ctx.info.historyLength]
      }),
      { isKept },
    )
    while (driver.result === 'open') await driver.activate()
    expect(driver.result).toEqual(['x', [true, 3, true], 'y', ['during first', 'during second'], 6])
    await driver.agrees()
  })
})

/** An activation by hand. What an operation gives is in the log at once, or when its gate is opened. */
function stage(run: Parameters<typeof flow>[0], gates: Record<string, Promise<unknown>> = {}) {
  const log = new Log()
  const definition = flow(run)
  const workflow = new WorkflowRun(definition, { executionId: 'execution-1', run: 1 })
  const report = async (outcome: OperationOutcome): Promise<Recorded> => {
    await gates[outcome.name]
    return log.record(outcome)
  }
  const advance = async (snapshotSequence = log.end) => {
    const from = workflow.position
    const events = log.events.slice(from, snapshotSequence)
    const answer = await workflow.advance({ from, events, snapshotSequence, activationAt: 5 }, { report })
    log.take(answer)
    return answer
  }
  return { definition, workflow, log, advance }
}

describe('D4: an activation that has read the edge', () => {
  it('does not wait for side effects, which would move the edge: it answers at once with what is out', async () => {
    const gate = Promise.withResolvers<string>()
    const { definition, log, advance } = stage(async (ctx) => {
      const slow = ctx.run('slow', () => gate.promise)
      const before = ctx.signals('s').has()
      return [before, await slow, ctx.signals('s').drain()]
    })
    expect(await advance()).toMatchObject({ snapshotSequence: 1, operationsOut: [{ operationId: 'operation-1' }] })
    log.signal('s', 'later')
    expect((await advance()).operationsOut).toHaveLength(1)
    gate.resolve('done')
    while (!log.isClosed) await advance()
    expect(log.events.at(-1)).toMatchObject({ data: { output: [false, 'done', ['later']] } })
    const blocks = await recomputeBlocks(definition, log.events)
    expect(blocks.at(-1)?.commands).toMatchObject([{ output: [false, 'done', ['later']] }])
  })

  it('waits for what is being reported, and leaves it to the next activation', async () => {
    const gate = Promise.withResolvers<void>()
    const code = async (ctx: WorkflowContext) => {
      const second = ctx.run('second', () => 2)
      const first = await ctx.run('first', () => 1)
      const seen = [ctx.signals('s').has(), ctx.info.historyLength]
      // The report of the second is under way now.
      queueMicrotask(gate.resolve)
      return [first, seen, await second, ctx.info.historyLength]
    }
    const { definition, log, advance } = stage(code, { second: gate.promise })
    expect(await advance()).toMatchObject({ snapshotSequence: 2, operationsOut: [] })
    expect(log.events.map(({ type }) => type).slice(1)).toEqual([
      'OPERATION_COMPLETED',
      'OPERATION_COMPLETED',
      'WORKFLOW_SUSPENDED',
    ])
    await advance()
    expect(log.events.at(-1)).toMatchObject({ data: { output: [1, [false, 2], 2, 4] } })
    expect((await recomputeBlocks(definition, log.events)).at(-1)?.commands).toMatchObject([{ type: 'COMPLETE_WORKFLOW' }])
  })

  it('is not gone on with when it turns out to have more events: the log decides', async () => {
    const { workflow, log, advance } = stage(async (ctx) => {
      await ctx.task('step')
      const before = ctx.signals('s').has()
      await ctx.promise(`saw ${before}`)
    })
    await advance()
    const end = log.end
    const foreseen = { sequence: end + 1, type: 'TASK_COMPLETED' as const, at: 9, data: { taskId: 'task-1', attempt: 1 } }
    expect(await workflow.foresee([foreseen], end, 9)).toBe(true)
    log.complete('task-1')
    log.signal('s')
    expect(await thrownBy(advance())).toSatisfy((error) => PerdureError.is(error) && error.code === 'superseded')
  })
})
