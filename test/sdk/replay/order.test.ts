/**
 * D17: one order for all. Random programs, random orders of what ends: a run kept in memory and one built anew from the log
 * give the same log, and where batches of events end shows nowhere.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyWorkflow } from '../../../sdk/definition/workflow.ts'
import { recomputeBlocks } from '../../../sdk/replay/replay-check.ts'
import { Driver } from './driver.ts'
import type { Log } from './log.ts'
import { program, programWithoutRuns, workflowOf } from './random-program.ts'

interface Played {
  log: Log
  commands: unknown[]
  result: unknown
  /** What ended, in order. */
  ended: string[]
}

/** Ends what is open in the order of `ranks`, one after another, with an activation after each. */
async function play(definition: AnyWorkflow, ranks: number[], isKept: boolean): Promise<Played> {
  const driver = new Driver(definition, { isKept })
  const ended: string[] = []
  await driver.activate()
  while (!driver.log.isClosed) {
    const open = [...driver.log.openTasks, ...driver.log.openTimers]
    const rank = ranks[ended.length % ranks.length] ?? 0
    const id = open[rank % open.length]
    if (id !== undefined) {
      end(driver.log, id)
      ended.push(id)
    }
    await driver.activate()
  }
  return { log: driver.log, commands: driver.commands, result: driver.result, ended }
}

/** The same things end in the same order, but activations see as many at once as `edges` says, as far as they are open. */
async function playInBatches(definition: AnyWorkflow, ended: string[], edges: boolean[]): Promise<Played> {
  const driver = new Driver(definition)
  await driver.activate()
  let step = 0
  for (const id of ended) {
    const isOpen = driver.log.openTasks.has(id) || driver.log.openTimers.has(id)
    if (edges[step % edges.length] || !isOpen) await driver.activate()
    if (driver.log.isClosed) break
    if (driver.log.openTasks.has(id) || driver.log.openTimers.has(id)) end(driver.log, id)
    step += 1
  }
  while (!driver.log.isClosed) await driver.activate()
  return { log: driver.log, commands: driver.commands, result: driver.result, ended }
}

function end(log: Log, id: string): void {
  if (id.startsWith('timer-')) return log.fire(id)
  const scheduled = log.events.find((event) => event.type === 'TASK_SCHEDULED' && event.data.taskId === id)
  const kind = scheduled?.type === 'TASK_SCHEDULED' ? scheduled.data.kind : ''
  if (kind === 'failing') log.fail(id, { type: 'Bad', message: id })
  else log.complete(id, `result of ${id}`)
}

const shape = ({ commands }: { commands: unknown[] }) => JSON.stringify(commands)

describe('D17: order', () => {
  it('a kept run, a cold one and the recomputed blocks agree, for 3,000 programs', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }), async (body, ranks) => {
        const definition = workflowOf(body)
        const kept = await play(definition, ranks, true)
        const cold = await play(definition, ranks, false)
        expect(cold.result).toEqual(kept.result)
        expect(cold.log.events).toEqual(kept.log.events)
        const blocks = await recomputeBlocks(definition, kept.log.events)
        const recomputed = blocks.flatMap(({ commands }) => commands)
        expect(shape({ commands: recomputed })).toBe(shape(kept))
      }),
      { numRuns: 3_000 },
    )
  }, 60_000)

  it('moved edges of batches give the same commands and the same result, for 3,000 programs', async () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(
        programWithoutRuns,
        fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }),
        flags,
        async (body, ranks, edges) => {
          const definition = workflowOf(body)
          const fine = await play(definition, ranks, true)
          const coarse = await playInBatches(definition, fine.ended, edges)
          expect(coarse.result).toEqual(fine.result)
          expect(shape(coarse)).toBe(shape(fine))
        },
      ),
      { numRuns: 3_000 },
    )
  }, 60_000)
})
