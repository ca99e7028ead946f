/**
 * D1, D2, D4, D6, D12, D16, D17, D18, S3: random programs; kept, replayed cold, and with other edges. `PERDURE_PROGRAMS` says how
 * many of each kind.
 */
import process from 'node:process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recomputeBlocks } from '../../sdk/replay/replay-check.ts'
import { Conductor } from './conductor.ts'
import { interpreter } from './interpreter.ts'
import { type Program, programs, talkingPrograms } from './program.ts'

type Pick = (below: number) => number

/** `talks`: signals are sent to it, and it may be cancelled. */
interface Piece {
  program: Program
  talks: boolean
}

/** Random choices from a list that fast-check can shrink. */
const picker = (choices: number[]): Pick => {
  let next = 0
  return (below) => (choices[next++ % choices.length] ?? 0) % below
}

const choices = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 40 })
/** After so many steps by chance everything goes its way, or a program could wait for long. */
const stepsByChance = 60
const mostSteps = 600
const runs = Number(process.env['PERDURE_PROGRAMS'] ?? 400)

/** Everything by chance: which event is next, whether an activation goes out before it, whether the run is forgotten. */
async function playAtRandom({ program, talks }: Piece, pick: Pick): Promise<{ conductor: Conductor; order: string[] }> {
  const conductor = new Conductor(program)
  const order: string[] = []
  for (let step = 0; !conductor.isClosed && step < mostSteps; step += 1) {
    const isChance = step < stepsByChance
    const possible = conductor.possible().filter((each) => isOpen(each) || (talks && (each !== 'cancel' || pick(12) === 0)))
    const orderly = talks ? [possible[0], 'signal a', possible[0], 'signal b'][order.length % 4] : possible[0]
    const next = isChance ? possible[pick(Math.max(1, possible.length))] : orderly
    if (conductor.wantsActivation && (next === undefined || !isChance || pick(3) > 0)) {
      const during = next !== undefined && isChance && pick(3) === 0 ? [next] : []
      await conductor.activate(during, pick(4) === 0)
      order.push(...during)
    } else if (next !== undefined) {
      conductor.happen(next)
      order.push(next)
    }
  }
  return { conductor, order }
}

const isOpen = (happening: string): boolean => happening !== 'cancel' && !happening.startsWith('signal ')

/** The same events in the same order, with an activation after each of them or only where `pick` says so. */
async function playAgain({ program }: Piece, order: string[], pick: Pick): Promise<Conductor> {
  const conductor = new Conductor(program)
  const settle = async (happening: string): Promise<void> => {
    while (conductor.wantsActivation && (!conductor.possible().includes(happening) || pick(2) === 0))
      await conductor.activate([], pick(4) === 0)
  }
  await conductor.activate()
  for (const happening of order) {
    await settle(happening)
    if (conductor.isClosed) break
    // What the code has cancelled meanwhile cannot happen any more, and made no difference when it did.
    if (conductor.possible().includes(happening)) conductor.happen(happening)
  }
  while (conductor.wantsActivation) await conductor.activate()
  return conductor
}

const endOf = ({ specimen }: Conductor): unknown => {
  const { type, payload } = specimen.log.at(-1) ?? {}
  return { type, payload }
}

const kinds = [
  { of: 'tasks, timers and side effects', talks: false, make: programs },
  { of: 'everything that code can ask for', talks: true, make: talkingPrograms },
]

describe.each(kinds)('random programs of $of', ({ talks, make }) => {
  it('D1 D2 D4 D16 D18 kept or forgotten at any moment: a cold replay gives each block of the log again', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(make(true), choices, async (program, list) => {
        const { conductor } = await playAtRandom({ program, talks }, picker(list))
        expect(conductor.isClosed).toBe(true)
        const recomputed = await recomputeBlocks(interpreter, conductor.history())
        for (const { sequence, commands } of recomputed) expect(commands).toEqual(conductor.blocks.get(sequence))
      }),
      { numRuns: runs },
    )
  })

  it('D12 D17 moved batch edges: the same commands in the same order, and the same result', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(make(false), choices, choices, async (program, first, second) => {
        const piece = { program, talks }
        const { conductor: one, order } = await playAtRandom(piece, picker(first))
        const other = await playAgain(piece, order, picker(second))
        expect(one.isClosed).toBe(true)
        expect(other.commands).toEqual(one.commands)
        expect(endOf(other)).toEqual(endOf(one))
      }),
      { numRuns: runs },
    )
  })
})
