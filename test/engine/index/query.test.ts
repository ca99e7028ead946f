/** The language: every operator of every type of field, and where what is wrong is wrong. */
import { describe, expect, test } from 'vitest'
import { readQuery } from '../../../engine/index/query.ts'
import { queryLimits } from '../../../schemas/query.ts'
import { emptyIndex, summary } from './disk.ts'

const { store } = emptyIndex()
const parent = { executionId: 'album', run: 1, childId: 'child-1' }
const problem = { type: 'DETERMINISM', message: 'task-2 was expected', since: 1 }
for (const each of [
  summary('a', {
    kind: 'order',
    status: 'RUNNING',
    createdAt: 1,
    startedAt: Date.UTC(2026, 10, 1),
    attributes: { customer: 'x', n: 5 },
  }),
  summary('b', {
    kind: 'invoice',
    status: 'COMPLETED',
    createdAt: 2,
    startedAt: Date.UTC(2026, 10, 2),
    closedAt: Date.UTC(2026, 10, 3),
  }),
  summary('c', {
    kind: 'order',
    status: 'FAILED',
    createdAt: 3,
    startedAt: 3,
    closedAt: 5,
    run: 3,
    attributes: { customer: 'y', n: -1.5 },
  }),
  summary('d', {
    kind: 'review',
    queue: 'media',
    createdAt: 4,
    startedAt: 4,
    parent,
    problem,
    attributes: { vip: true, 'a b': 'z' },
  }),
  summary('e', {
    kind: 'review',
    queue: 'media',
    createdAt: 5,
    startedAt: 5,
    attributes: { vip: false, tags: ['red', 'blue'], n: 55 },
  }),
])
  store.put(each)

/** Ids in the order of creation. */
function found(query: string): string {
  const read = readQuery(query)
  if (!read.ok) throw new Error(read.problem.message)
  return store
    .page(read.condition, { now: 10, unserved: [] }, 'oldest', 100)
    .items.map(({ id }) => id)
    .join('')
}

test.each([
  ['status = RUNNING', 'a'],
  ['status = "RUNNING"', 'a'],
  ['status != RUNNING', 'bcde'],
  ['status IN (COMPLETED, FAILED)', 'bc'],
  ['kind = "order"', 'ac'],
  ['kind != "order"', 'bde'],
  ['kind IN ("order", "invoice")', 'abc'],
  ['kind < "order"', 'b'],
  ['kind <= "order"', 'abc'],
  ['kind > "order"', 'de'],
  ['kind >= "order"', 'acde'],
  ['kind BETWEEN "j" AND "q"', 'ac'],
  ['kind STARTS WITH "re"', 'de'],
  ['kind STARTS WITH ""', 'abcde'],
  ['queue = "media"', 'de'],
  ['id = "c"', 'c'],
  ['id STARTS WITH "d"', 'd'],
  ['parent = "album"', 'd'],
  ['parent IS NULL', 'abce'],
  ['parent IS NOT NULL', 'd'],
  ['problem = "DETERMINISM"', 'd'],
  ['problem IS NULL', 'abce'],
  ['run > 1', 'c'],
  ['run IN (1, 2)', 'abde'],
  ['run BETWEEN 2 AND 3', 'c'],
  ['startedAt >= "2026-11-01"', 'ab'],
  ['startedAt > "2026-11-01"', 'b'],
  ['startedAt > "2026-11-01T23:59:59.999Z"', 'b'],
  ['startedAt = "2026-11-02T01:00:00+01:00"', 'b'],
  ['startedAt < 5', 'cd'],
  ['createdAt BETWEEN 2 AND 4', 'bcd'],
  ['closedAt IS NULL', 'ade'],
  ['closedAt >= "2026-11-03"', 'b'],
  ['NOT closedAt >= "2026-11-03"', 'acde'],
  ['open = TRUE', 'ade'],
  ['open = false', 'bc'],
  ['open != true', 'bc'],
  ['stuck = true', 'd'],
  ['stuck = false AND open = true', 'ae'],
  ['attributes.customer = "x"', 'a'],
  ['attributes.customer != "x"', 'c'],
  ['NOT attributes.customer = "x"', 'bcde'],
  ['attributes.customer IN ("x", "y", "z")', 'ac'],
  ['attributes.customer STARTS WITH "y"', 'c'],
  ['attributes.customer IS NULL', 'bde'],
  ['attributes.customer = 5', ''],
  ['attributes["customer"] BETWEEN "x" AND "y"', 'ac'],
  ['attributes["a b"] = "z"', 'd'],
  ['attributes.n = 5', 'a'],
  ['attributes.n < 0', 'c'],
  ['attributes.n >= 5', 'ae'],
  ['attributes.n IN (5, 55)', 'ae'],
  ['attributes.n BETWEEN -2 AND 5e0', 'ac'],
  ['attributes.n = "5"', ''],
  ['attributes.n IS NOT NULL', 'ace'],
  ['attributes.vip = true', 'd'],
  ['attributes.vip = FALSE', 'e'],
  ['attributes.vip != true', 'e'],
  ['attributes.tags CONTAINS "red"', 'e'],
  ['attributes.tags CONTAINS "re"', ''],
  ['attributes.tags = "red"', ''],
  ['attributes.customer CONTAINS "x"', ''],
  ['kind = "order" AND status = RUNNING', 'a'],
  ['kind = "order" OR queue = "media" AND attributes.vip = true', 'acd'],
  ['(kind = "order" OR queue = "media") AND attributes.vip = true', 'd'],
  ['NOT (kind = "order" OR kind = "review")', 'b'],
  ['NOT NOT kind = "order"', 'ac'],
  ['not kind = "order" and Not status in (FAILED)', 'bde'],
  ['\n kind\t=\n"order" ', 'ac'],
  ['kind = "o\\u0072der"', 'ac'],
])('%s', (query, ids) => {
  expect(found(query)).toBe(ids)
})

describe('what cannot be asked is answered with where and why', () => {
  test.each([
    ['', 1, 1, 'NOT, "(", a name or an attribute is expected, the query ends'],
    ['status =', 1, 9, 'a string in double quotes, a number, TRUE, FALSE or a name is expected, the query ends'],
    ['status RUNNING', 1, 8, 'a comparison, IN, BETWEEN, STARTS WITH, CONTAINS or IS is expected, found RUNNING'],
    ['kind IN ()', 1, 10, 'a value is expected, found )'],
    ['kind IN ("a"', 1, 13, '")" is expected, the query ends'],
    ['(kind = "a"', 1, 12, '")" is expected, the query ends'],
    ['kind = "a")', 1, 11, 'AND, OR or the end is expected, found )'],
    ['kind = "a" kind = "b"', 1, 12, 'AND, OR or the end is expected, found kind'],
    ['kind = "a"\nAND\n  colour = "b"', 3, 3, 'there is no field colour: there are id, kind,'],
    ['Kind = "a"', 1, 1, 'there is no field Kind'],
    ['constructor = 1', 1, 1, 'there is no field constructor'],
    ["kind = 'a'", 1, 8, 'strings are in double quotes'],
    ['kind = "a', 1, 8, 'this string is not closed'],
    ['kind = "\\x"', 1, 8, 'a string is written as in JSON'],
    ['kind = "\\ud800"', 1, 8, 'half of a surrogate pair'],
    ['kind ~ "a"', 1, 6, '"~" means nothing here'],
    ['kind = RUNNING', 1, 8, 'a string in double quotes is expected, found RUNNING'],
    ['kind = 5', 1, 8, 'a string in double quotes is expected, found 5'],
    ['run = "1"', 1, 7, 'a number is expected, found "1"'],
    ['run = 1e999', 1, 7, 'a number is expected'],
    ['run IS NULL', 1, 5, 'run does not take IS: it takes a comparison, BETWEEN, IN'],
    ['run BETWEEN 1 2', 1, 15, 'AND is expected, found 2'],
    ['kind CONTAINS "a"', 1, 6, 'kind does not take CONTAINS'],
    ['status = UNKNOWN', 1, 10, 'a status is expected (PAUSED CANCELLING'],
    ['status < RUNNING', 1, 8, 'status has no order: it takes = and !='],
    ['startedAt > "yesterday"', 1, 13, 'a time is expected ("2026-11-01"'],
    ['startedAt > "2026-11-01T10:00"', 1, 13, 'a time is expected'],
    ['startedAt > "2026-13-01"', 1, 13, 'a time is expected'],
    ['startedAt IN ("2026-11-01")', 1, 11, 'startedAt does not take IN'],
    ['open = "true"', 1, 8, 'TRUE or FALSE is expected, found "true"'],
    ['stuck IS NULL', 1, 7, 'stuck takes = and !=, with TRUE or FALSE'],
    ['attributes.x IN (1, "a")', 1, 21, 'a number is expected, found "a"'],
    ['attributes.x < true', 1, 14, 'attributes.x has no order'],
    ['attributes.x CONTAINS 1', 1, 23, 'a string in double quotes is expected, found 1'],
    ['attributes[""] = 1', 1, 1, 'the name of an attribute has 1 to 200 characters'],
    ['attributes = 1', 1, 1, 'there is no field attributes'],
  ])('%s', (query, line, column, message) => {
    const read = readQuery(query)
    expect(read).toMatchObject({ ok: false, problem: { line, column, message: expect.stringContaining(message) } })
  })
})

describe('bounds', () => {
  const many = (n: number, one: (index: number) => string, by: string) =>
    Array.from({ length: n }, (_, index) => one(index)).join(by)
  const { characters, terms, depth, values } = queryLimits

  test('a query at every bound at once is read, and is below the 100 parameters and the depth of the platform', () => {
    // Three parameters each: name, value, and the text that is looked for first.
    const comparisons = many(terms, (index) => `attributes.a${index} = "${index}"`, ' OR ')
    expect(found(`${'NOT ('.repeat(depth / 2)}${comparisons}${')'.repeat(depth / 2)}`)).toBe('')
    expect(found(`kind IN (${many(values, (index) => `"${index}"`, ', ')})`)).toBe('')
  })

  test.each([
    ['length', ' '.repeat(characters + 1), `at most ${characters} characters`],
    ['terms', many(terms + 1, () => 'run = 1', ' AND '), `at most ${terms} comparisons, this one ${terms + 1}`],
    ['depth', `${'('.repeat(depth + 1)}run = 1${')'.repeat(depth + 1)}`, `at most ${depth} deep`],
    ['NOT', `${'NOT '.repeat(depth + 1)}run = 1`, `at most ${depth} deep`],
    ['values', `run IN (${many(values + 1, String, ', ')})`, `at most ${values} values, not ${values + 1}`],
  ])('%s', (_, query, message) => {
    expect(readQuery(query)).toMatchObject({ ok: false, problem: { message: expect.stringContaining(message) } })
  })
})
