/** Random programs over all that workflow code can do, as data: what runs them is the interpreter. */
import fc from 'fast-check'

export type Program =
  | { do: 'task'; fails: boolean }
  | { do: 'timer' | 'draw' }
  | { do: 'run'; fails: boolean }
  | { do: 'all' | 'race' | 'any' | 'allSettled' | 'sequence' | 'later'; of: Program[] }
  | Talk

/** What needs somebody else, or is about being cancelled. Names say what becomes of it: see the conductor. */
type Talk =
  | { do: 'promise'; name: 'resolved' | 'rejected' | 'timed-out' }
  | { do: 'child'; kind: 'completing' | 'failing' | 'terminated'; abandoned: boolean }
  | { do: 'send'; to: 'other' | 'gone' }
  | { do: 'next'; name: 'a' | 'b'; limited: boolean }
  | { do: 'look'; name: 'a' | 'b' }
  | { do: 'until'; more: number }
  | { do: 'keep'; clears: boolean }
  | { do: 'shield' | 'limit' | 'handle' | 'guard'; of: [Program] }
  | { do: 'map'; of: Program[] }

const combinators = ['all', 'race', 'any', 'allSettled', 'sequence', 'later'] as const

export const programs = (withRuns: boolean): fc.Arbitrary<Program> =>
  fc.letrec<{ program: Program }>((tie) => ({
    program: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'program' },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('task' as const), fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0) }),
      },
      { weight: 2, arbitrary: fc.constant({ do: 'timer' as const }) },
      {
        weight: withRuns ? 2 : 0,
        arbitrary: fc.record({ do: fc.constant('run' as const), fails: fc.integer({ min: 0, max: 4 }).map((n) => n === 0) }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constantFrom(...combinators),
          of: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
        }),
      },
    ),
  })).program

const oneIn = (n: number) => fc.integer({ min: 1, max: n }).map((drawn) => drawn === 1)
const always = <Value extends string>(value: Value) => fc.constant(value)

const alone = [
  fc.record({ do: always('task'), fails: oneIn(4) }),
  fc.record({ do: fc.constantFrom('timer' as const, 'draw' as const) }),
  fc.record({ do: always('promise'), name: fc.constantFrom('resolved' as const, 'rejected' as const, 'timed-out' as const) }),
  fc.record({
    do: always('child'),
    kind: fc.constantFrom('completing' as const, 'failing' as const, 'terminated' as const),
    abandoned: fc.boolean(),
  }),
  fc.record({ do: always('send'), to: fc.constantFrom('other' as const, 'gone' as const) }),
  fc.record({ do: always('next'), name: fc.constantFrom('a' as const, 'b' as const), limited: fc.boolean() }),
  fc.record({ do: always('until'), more: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: always('keep'), clears: oneIn(3) }),
]
/** What depends on where batches of events end. */
const edges = [
  fc.record({ do: always('run'), fails: oneIn(4) }),
  fc.record({ do: always('look'), name: fc.constantFrom('a' as const, 'b' as const) }),
]

/** Programs with everything; without edges, where batches end may not show. */
export const talkingPrograms = (withEdges: boolean): fc.Arbitrary<Program> =>
  fc.letrec<{ program: Program }>((tie) => ({
    program: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'talking' },
      { weight: 6, arbitrary: fc.oneof(...alone, ...(withEdges ? edges : [])) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constantFrom(...combinators, 'map' as const),
          of: fc.array(tie('program'), { minLength: 1, maxLength: 4 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom('shield' as const, 'limit' as const, 'handle' as const, 'guard' as const),
          of: fc.tuple(tie('program')),
        }),
      },
    ),
  })).program
