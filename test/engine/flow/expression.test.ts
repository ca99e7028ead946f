/** Expressions: types, numbers, outcomes, and what is refused when a flow is saved. */
import { describe, expect, it } from 'vitest'
import { evaluate, expressionLimits, inspect } from '../../../engine/flow/expression.ts'
import type { Scope } from '../../../engine/flow/scope.ts'

const scope: Scope = {
  values: {
    input: { n: 3, half: 2.5, list: ['a', 'b', 'c'], text: 'x', none: null, yes: true, deep: { one: [1, '1'] } },
    vars: {},
    index: 1,
  },
  outcome: 'timed_out',
  result: () => ({ files: [1, 2] }),
}
const valueFor = (text: string, of: Scope = scope) => {
  const answer = evaluate(text, of)
  if (!answer.ok) throw new Error(answer.refusal.message)
  return answer.value
}
const refusalOf = (text: string): string => {
  const answer = evaluate(text, scope)
  return answer.ok ? `no refusal: ${JSON.stringify(answer.value)}` : answer.refusal.message
}

describe('values', () => {
  it.each([
    ['input.n == 3', true],
    ['3 == input.n', true],
    ['input.n != 3', false],
    ['1 == 1.0', true],
    ['input.n + 1', 4],
    ['1 - input.half', -1.5],
    ['2 * input.half', 5],
    ['input.n / 2', 1.5],
    ['input.n % 2', 1],
    ['input.half % input.n', 2.5],
    ['input.n > 2 && 4 >= input.n', true],
    ['input.list[index]', 'b'],
    ['input.list[2]', 'c'],
    ['input.n in [1, 3]', true],
    ['size(input.list) == input.n', true],
    ['-input.n', -3],
  ])('numbers of JSON and of expressions mix: %s', (text, expected) => expect(valueFor(text)).toBe(expected))

  it.each([
    ['input.deep', { one: [1, '1'] }],
    ['input.none', null],
    ['input.yes', true],
    ['{"a": input.n, "b": [1, "x", null]}', { a: 3, b: [1, 'x', null] }],
    ['input.list.map(x, x + "!")', ['a!', 'b!', 'c!']],
    ['input.list.filter(x, x != "a").map(x, size(x))', [1, 1]],
    ['has(input.missing)', false],
    ['has(input.n) ? input.n : 0.0', 3],
  ])('F7 types stay what they are: %s', (text, expected) => expect(valueFor(text)).toEqual(expected))

  it.each([
    'input.missing',
    'input.text + input.n',
    'input.n > "3"',
    'input.constructor',
    'input["__proto__"]',
    '1 / 0',
    'input.n / 0',
    '9007199254740992 + 1',
    'timestamp("2024-01-01T00:00:00Z")',
    'bytes("a")',
    'type(1)',
  ])('F6 what cannot be told is refused, not false: %s', (text) => expect(evaluate(text, scope).ok).toBe(false))

  it('a value that is endless as JSON is refused, though it is small in memory', () => {
    const list = Array.from({ length: 3_000 }, (_, n) => n)
    const answer = evaluate('input.map(x, input)', { values: { input: list } })
    expect(answer).toMatchObject({ ok: false, refusal: { message: expect.stringContaining('1048576') } })
  })
})

describe('the outcome of a task', () => {
  it.each([
    ['succeeded', [true, false, false, false]],
    ['failed', [false, true, false, false]],
    ['timed_out', [false, false, true, false]],
    ['cancelled', [false, false, false, true]],
  ] as const)('F6 %s is that and nothing else, and can be negated', (outcome, expected) => {
    const of = { ...scope, outcome }
    const functions = ['succeeded()', 'failed()', 'timed_out()', 'cancelled()']
    expect(functions.map((text) => valueFor(text, of))).toEqual(expected)
    expect(functions.map((text) => valueFor(`!${text}`, of))).toEqual(expected.map((each) => !each))
    expect(valueFor('always()', of)).toBe(true)
  })

  it('result() is the result, and text that looks like it is text', () => {
    expect(valueFor('size(result().files) > 0 && "result()" == "result" + "()"')).toBe(true)
    expect(valueFor('[result(), result().files]')).toEqual([{ files: [1, 2] }, [1, 2]])
  })
})

describe('what a flow may not have', () => {
  const problemOf = (text: string) => {
    const inspected = inspect(text)
    return 'problem' in inspected ? inspected.problem : undefined
  }
  it.each([
    ['input.n ==', 'Unexpected token', 10],
    ['nothing(1)', "no matching overload for 'nothing(int)'", 0],
    ['1 + "a"', 'no such overload', 0],
    ['input.text.matches("(a+)+")', '`matches` is not taken', 0],
    ['matches(input.text, "(a+)+")', '`matches` is not taken', 0],
    ['input.list.map(x, input.list.map(y, y))', 'loops are not nested', 18],
    ['input.list.all(x, input.list.exists(y, x == y))', 'loops are not nested', 18],
    ['result(1)', 'takes no arguments', 0],
    ['now()', 'no matching overload', 0],
    [Array.from({ length: expressionLimits.nodes }, () => '1').join('+'), 'maxAstNodes', undefined],
    [`${'('.repeat(40)}1${')'.repeat(40)}`, 'maxDepth', undefined],
    [`${'!'.repeat(600)}true`, 'maxAstNodes', undefined],
    ['x'.repeat(10_001), 'at most 10000 characters', 0],
    ['"a"'.repeat(50_000), 'at most 10000 characters', 0],
  ])('%s', (text, message, offset) => {
    expect(problemOf(text)?.message).toContain(message)
    if (offset !== undefined) expect(problemOf(text)?.offset).toBe(offset)
  })

  it('an expression tells what it reads, apart from the variables of its own loops', () => {
    const inspected = inspect(
      'vars.files.filter(f, f.size > input.min)[index] == tasks["a-b"].result ? succeeded() : has(vars.x.y)',
    )
    expect(
      'reads' in inspected &&
        inspected.reads.names.map(({ name, field, member }) => [name, field, member].filter(Boolean).join('.')),
    ).toEqual(['vars.files', 'input.min', 'index', 'tasks.a-b.result', 'vars.x.y'])
    expect('reads' in inspected && inspected.reads.outcome).toEqual([{ offset: expect.any(Number), name: 'succeeded' }])
  })

  it('what is refused while it runs says why', () => {
    expect(refusalOf('input.missing')).toBe('No such key: missing')
  })
})
