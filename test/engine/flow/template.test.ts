/** Text with expressions: where one ends, what it gives. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onlyExpression, partsOf, render } from '../../../engine/flow/template.ts'
import type { Json } from '../../../schemas/values.ts'

const scope = { values: { input: { n: 5, list: [1, '5', null], text: 'x' } } }
const rendered = (template: Json) => {
  const answer = render(template, scope)
  if (!answer.ok) throw new Error(answer.refusal.message)
  return answer.value
}

describe('F7 a text that is one expression keeps its type', () => {
  it.each([
    ['{{ input.n }}', 5],
    [' {{input.n}}\n', 5],
    ['{{ input.list }}', [1, '5', null]],
    ['{{ {"a": {"b": {}}} }}', { a: { b: {} } }],
    ['{{ {"a": {"b": {}}}}}', { a: { b: {} } }],
    ["{{ '}}' }}", '}}'],
    ['{{ "\\"}}" }}', '"}}'],
    ['{{ r"\\}}" }}', '\\}}'],
    ['{{ """a"}}""" }}', 'a"}}'],
  ])('%s', (text, expected) => expect(rendered(text)).toEqual(expected))
})

it('among other text everything becomes text', () => {
  expect(rendered('n={{ input.n }}, {{ input.text }}{{ input.list }}; } {')).toBe('n=5, x[1,"5",null]; } {')
})

it('lists and objects are filled where they have expressions, and are as they were elsewhere', () => {
  expect(rendered({ a: ['{{ input.n }}', 1, null, { b: '{{ input.text }}!' }], __proto_: 'plain' })).toEqual({
    a: [5, 1, null, { b: 'x!' }],
    __proto_: 'plain',
  })
})

it('F6 one expression that fails is the answer, and names it', () => {
  expect(render({ a: 1, b: ['{{ input.nothing }}'] }, scope)).toEqual({
    ok: false,
    refusal: { code: 'invalid_request', message: '{{ input.nothing }}: No such key: nothing' },
  })
})

it('an expression without an end is none', () => {
  for (const text of ['{{ a', '{{ a }', '{{ "}}', "{{ {'a': 1 }}"]) expect(partsOf(text)).toBeUndefined()
})

it('text comes out as it went in, whatever its parts, and any JSON can stand inside an expression', () => {
  const text = fc.string().filter((each) => !each.includes('{{'))
  fc.assert(
    fc.property(text, fc.jsonValue({ maxDepth: 4 }), text, (before, value, after) => {
      // Braces that touch would be part of the brackets.
      const inner = JSON.stringify(value)
      const whole = `${before} {{ ${inner} }} ${after}`
      expect(partsOf(whole)).toEqual([
        { type: 'text', text: `${before} ` },
        { type: 'expression', text: inner, offset: before.length + 4 },
        { type: 'text', text: ` ${after}` },
      ])
      expect(onlyExpression(`{{ ${inner} }}`)).toBe(inner)
    }),
  )
})
