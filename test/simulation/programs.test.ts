/** D1, D2, D6, D12, D16, D17, D18, S3: thousands of random programs; kept, replayed cold, and with other edges. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recomputeBlocks } from '../../sdk/replay/replay-check.ts'
import { Conductor, type Happening } from './conductor.ts'
import { interpreter, type Program, programs } from './program.ts'

type Pick = (below: number) => number

/** Random choices from a list that fast-check can shrink. */
const picker = (choices: number[]): Pick => {
  let next = 0
  return (below) => (choices[next++ % choices.length] ?? 0) % below
}

const choices = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 40 })
const mostSteps = 400

/** Everything by chance: which event is next, whether an activation goes out before it, whether the run is forgotten. */
async function playAtRandom(program: Program, pick: Pick): Promise<{ conductor: Conductor; order: Happening[] }> {
  const conductor = new Conductor(program)
  const order: Happening[] = []
  for (let step = 0; !conductor.isClosed && step < mostSteps; step += 1) {
    const possible = conductor.possible()
    const next = possible[pick(Math.max(1, possible.length))]
    if (conductor.wantsActivation && (next === undefined || pick(3) > 0)) {
      const during = next !== undefined && pick(3) === 0 ? [next] : []
      await conductor.activate(during, pick(4) === 0)
      order.push(...during)
    } else if (next !== undefined) {
      conductor.happen(next)
      order.push(next)
    }
  }
  return { conductor, order }
}

/** The same events in the same order, with an activation after each of them or only where `pick` says so. */
async function playAgain(program: Program, order: Happening[], pick: Pick): Promise<Conductor> {
  const conductor = new Conductor(program)
  await conductor.activate()
  for (const happening of order) {
    while (conductor.wantsActivation && (!conductor.possible().includes(happening) || pick(2) === 0))
      await conductor.activate([], pick(4) === 0)
    if (conductor.isClosed || !conductor.possible().includes(happening)) break
    conductor.happen(happening)
  }
  while (conductor.wantsActivation) await conductor.activate()
  return conductor
}

const outputOf = (conductor: Conductor): unknown =>
  conductor.specimen.log.find(({ type }) => type === 'WORKFLOW_COMPLETED')?.payload

describe('random programs', () => {
  it('D1 D2 D16 D18 kept or forgotten at any moment: a cold replay gives each block of the log again', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(programs(true), choices, async (program, list) => {
        const { conductor } = await playAtRandom(program, picker(list))
        expect(conductor.isClosed).toBe(true)
        const recomputed = await recomputeBlocks(interpreter, conductor.history())
        for (const { sequence, commands } of recomputed) expect(commands).toEqual(conductor.blocks.get(sequence))
      }),
      { numRuns: 1_500 },
    )
  })

  it('D12 D17 moved batch edges: the same commands in the same order, and the same result', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(programs(false), choices, choices, async (program, first, second) => {
        const { conductor: one, order } = await playAtRandom(program, picker(first))
        const other = await playAgain(program, order, picker(second))
        expect(one.isClosed).toBe(true)
        expect(other.commands).toEqual(one.commands)
        expect(outputOf(other)).toEqual(outputOf(one))
      }),
      { numRuns: 1_500 },
    )
  })
})
