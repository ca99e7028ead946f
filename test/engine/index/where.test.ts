/** Conditions in SQL mean what they say: random conditions over random executions, beside an oracle in plain code. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Condition, comparisons, type Subject } from '../../../engine/index/condition.ts'
import { matches } from '../../../engine/index/match.ts'
import type { Summary, Unserved } from '../../../engine/index/summary.ts'
import { executionStatus } from '../../../schemas/statuses.ts'
import { emptyIndex, summary } from './disk.ts'

const now = 100_000
/** Few values, so that they meet; awkward ones among them. */
const word = fc.constantFrom('a', 'b', 'ab', 'A', '', '"', '\\', 'a"b', "o'x", '5', 'é', '￿', '🦊', '%', '_')
const number = fc.constantFrom(0, 1, 5, 55, -1.5, 0.1, 1e21, 2 ** 53)
const name = fc.constantFrom('n', 'customer', 'a b', '"', '$.n', 'a"customer', 'value', 'key')
const attributes = fc.dictionary(name, fc.oneof(word, number, fc.boolean(), fc.array(word, { maxLength: 3 })), { maxKeys: 4 })
const instant = fc.integer({ min: 1, max: 6 })
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

const waiting = fc.record({
  queue: fc.constantFrom('q', 'r'),
  type: fc.constantFrom('activation' as const, 'task' as const),
  kind: word,
  since: fc.constantFrom(1, now - 5_000, now - 5_001, now),
})
const unserved: fc.Arbitrary<Unserved[]> = fc.array(
  fc.integer({ min: 1, max: 3 }).chain((partitions) =>
    fc.record({
      queue: fc.constantFrom('q', 'r'),
      type: fc.constantFrom('activation' as const, 'task' as const),
      kind: word,
      partition: fc.integer({ min: 0, max: partitions - 1 }),
      partitions: fc.constant(partitions),
    }),
  ),
  { maxLength: 3 },
)

const summaries: fc.Arbitrary<Summary[]> = fc
  .array(
    fc.record({
      createdAt: instant,
      startedAt: instant,
      closedAt: maybe(instant),
      run: fc.integer({ min: 1, max: 3 }),
      kind: word,
      queue: fc.constantFrom('q', 'r'),
      status: fc.constantFrom(...executionStatus.options),
      attributes,
      parent: maybe(fc.record({ executionId: fc.constantFrom('p', 'q'), run: fc.constant(1), childId: fc.constant('child-1') })),
      problem: maybe(fc.record({ type: word, message: word, since: instant })),
      waiting: fc.array(waiting, { maxLength: 2 }),
      dutyAt: maybe(fc.constantFrom(now - 30_001, now - 30_000, now + 1)),
    }),
    { maxLength: 12 },
  )
  .map((rows) =>
    rows.map(({ closedAt, parent, problem, dutyAt, ...row }, index) =>
      summary(`e${index}`, {
        ...row,
        ...(closedAt !== undefined && { closedAt }),
        ...(parent !== undefined && { parent }),
        ...(problem !== undefined && { problem }),
        ...(dutyAt !== undefined && { dutyAt }),
      }),
    ),
  )

const textSubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constantFrom<Subject>({ field: 'kind' }, { field: 'queue' }, { field: 'id' }, { field: 'parent' }, { field: 'problem' }),
  name.map((attribute) => ({ attribute })),
)
const numberSubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constantFrom<Subject>({ field: 'run' }, { field: 'createdAt' }, { field: 'startedAt' }, { field: 'closedAt' }),
  name.map((attribute) => ({ attribute })),
)
const comparison = fc.constantFrom(...comparisons)
const numeral = fc.oneof(number, instant)

const term: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ type: fc.constant('compares' as const), subject: textSubject, comparison, value: word }),
  fc.record({ type: fc.constant('compares' as const), subject: numberSubject, comparison, value: numeral }),
  fc.record({
    type: fc.constant('compares' as const),
    subject: name.map((attribute) => ({ attribute })),
    comparison: fc.constantFrom('=' as const, '!=' as const),
    value: fc.boolean(),
  }),
  fc.record({ type: fc.constant('between' as const), subject: textSubject, low: word, high: word }),
  fc.record({ type: fc.constant('between' as const), subject: numberSubject, low: numeral, high: numeral }),
  fc.record({
    type: fc.constant('among' as const),
    subject: textSubject,
    values: fc.array(word, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant('among' as const),
    subject: numberSubject,
    values: fc.array(numeral, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('begins' as const), subject: textSubject, prefix: word }),
  fc.record({ type: fc.constant('contains' as const), attribute: name, element: word }),
  fc.record({ type: fc.constant('present' as const), subject: fc.oneof(textSubject, numberSubject) }),
  fc.constant<Condition>({ type: 'open' }),
  fc.constant<Condition>({ type: 'stuck' }),
)

const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    term,
    fc.record({ type: fc.constantFrom('all' as const, 'any' as const), of: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ type: fc.constant('not' as const), of: tie('condition') }),
  ),
})).condition

test('what SQL finds and counts is what the condition says', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      summaries,
      condition,
      unserved,
      fc.constantFrom('newest' as const, 'oldest' as const),
      (all, wanted, kinds, order) => {
        const { store, database } = emptyIndex()
        for (const each of all) store.put(each)
        const present = { now, unserved: kinds }
        const expected = all.filter((each) => matches(wanted, each, present)).map(({ id }) => id)
        const page = store.page(wanted, present, order, 1_000).items
        expect(page.map(({ id }) => id).sort()).toEqual(expected.sort())
        expect(store.count(wanted, present)).toBe(expected.length)
        for (const each of page) expect(each).toEqual(all.find(({ id }) => id === each.id))
        database.close()
      },
    ),
    { numRuns: 1_000 },
  )
})

test('news in any order, doubled: the latest wins', () => {
  const version = fc.record({
    createdAt: fc.integer({ min: 1, max: 2 }),
    run: fc.integer({ min: 1, max: 2 }),
    sequence: fc.integer({ min: 1, max: 3 }),
    revision: fc.integer({ min: 1, max: 3 }),
  })
  const key = ({ run, sequence, revision }: Summary): number => run * 100 + sequence * 10 + revision
  fc.assert(
    fc.property(fc.array(version, { minLength: 1 }), (versions) => {
      const { store, database } = emptyIndex()
      const told = versions.map((each) => summary('a', { ...each, attributes: { told: JSON.stringify(each) } }))
      for (const each of [...told, ...told]) store.put(each)
      for (const createdAt of [1, 2]) {
        const latest = told.filter((each) => each.createdAt === createdAt).sort((a, b) => key(b) - key(a))[0]
        expect(store.find({ createdAt, id: 'a' })).toEqual(latest)
      }
      database.close()
    }),
  )
})

test('news that says nothing new writes no row', () => {
  const { store } = emptyIndex()
  expect(store.put(summary('a'))).toBe(true)
  expect(store.put(summary('a', { sequence: 2, revision: 7 }))).toBe(false)
  expect(store.put(summary('a', { sequence: 2, revision: 8, status: 'RUNNING' }))).toBe(true)
})
