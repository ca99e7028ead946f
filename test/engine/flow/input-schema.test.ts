/** The schema of a flow's input: what is taken is applied, what is not applied is refused when the flow is saved. */
import { describe, expect, it } from 'vitest'
import { checkInput, schemaProblems } from '../../../engine/flow/input-schema.ts'
import { appliedKeywords, formats } from '../../../engine/flow/schema-keywords.ts'
import type { Json } from '../../../schemas/values.ts'

const takes = (schema: Json, input: Json): boolean => checkInput(schema, input).ok

/** The schema without a keyword, wherever it stands. */
function without(schema: Json, keyword: string): Json {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map((each) => without(each, keyword))
  const entries = Object.entries(schema).filter(([name]) => name !== keyword)
  return Object.fromEntries(entries.map(([name, value]) => [name, without(value, keyword)]))
}

describe('A2 every keyword that is taken is applied', () => {
  const cases: [Json, Json, Json][] = [
    [{ type: 'string' }, 'a', 1],
    [{ type: 'number' }, 1.5, '1.5'],
    [{ type: 'integer' }, 1, 1.5],
    [{ type: 'boolean' }, false, 0],
    [{ type: 'null' }, null, 0],
    [{ type: 'array' }, [1], { 0: 1 }],
    [{ type: 'object' }, {}, []],
    [{ type: ['string', 'null'] }, null, 1],
    [{ type: 'string', minLength: 2 }, 'ab', 'a'],
    [{ type: 'string', maxLength: 2 }, 'ab', 'abc'],
    [{ type: 'string', format: 'date' }, '2026-01-31', '31.1.2026'],
    [{ type: 'string', format: 'date-time' }, '2026-01-31T10:00:00Z', 'at ten'],
    [{ type: 'string', format: 'email' }, 'a@example.com', 'a'],
    [{ type: 'string', format: 'uri' }, 'https://example.com/', 'no uri'],
    [{ type: 'string', format: 'uuid' }, '01890a5d-ac96-774b-bcce-b302099a8057', 'x'],
    [{ type: 'string', format: 'ipv4' }, '127.0.0.1', '300.0.0.1'],
    [{ type: 'string', format: 'ipv6' }, '::1', ':1'],
    [{ type: 'number', minimum: 2 }, 2, 1],
    [{ type: 'number', maximum: 2 }, 2, 3],
    [{ type: 'number', exclusiveMinimum: 2 }, 3, 2],
    [{ type: 'number', exclusiveMaximum: 2 }, 1, 2],
    [{ type: 'integer', minimum: 2, maximum: 4 }, 3, 5],
    [{ type: 'integer', multipleOf: 2 }, 4, 3],
    [{ type: 'array', items: { type: 'string' } }, ['a'], [1]],
    [{ type: 'array', minItems: 1 }, [1], []],
    [{ type: 'array', maxItems: 1 }, [1], [1, 2]],
    [{ type: 'object', properties: { a: { type: 'string' } } }, { a: 'x', b: 1 }, { a: 1 }],
    [{ type: 'object', properties: { a: {} }, required: ['a'] }, { a: 1 }, {}],
    [{ type: 'object', properties: { a: {} }, additionalProperties: false }, { a: 1 }, { b: 1 }],
    [{ type: 'object', additionalProperties: { type: 'number' } }, { b: 1 }, { b: '1' }],
    [{ type: 'object', minProperties: 1 }, { a: 1 }, {}],
    [{ type: 'object', maxProperties: 1 }, { a: 1 }, { a: 1, b: 2 }],
    [{ type: 'object', properties: { a: { anyOf: [{ type: 'array', maxItems: 1 }] } } }, { a: [1] }, { a: [1, 2] }],
    [{ enum: ['a', 1, null] }, null, 'b'],
    [{ const: 'a' }, 'a', 'b'],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 1, true],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1.5, 1],
    [
      {
        allOf: [
          { type: 'number', minimum: 1 },
          { type: 'number', maximum: 2 },
        ],
      },
      1.5,
      3,
    ],
    [true, 1, undefined as never],
  ]
  it.each(cases.map(([schema, good, bad]) => [JSON.stringify(schema), schema, good, bad] as const))(
    '%s',
    (_, schema, good, bad) => {
      expect(schemaProblems(schema)).toEqual([])
      expect(takes(schema, good)).toBe(true)
      if (bad !== undefined) expect(takes(schema, bad)).toBe(false)
    },
  )

  it.each([...appliedKeywords].filter((keyword) => keyword !== 'default'))('F9 without %s something else is taken', (keyword) => {
    const differ = cases.filter(([schema, , bad]) => bad !== undefined && takes(without(schema, keyword), bad))
    expect(differ.length).toBeGreaterThan(0)
  })

  it('F9 and each format is tried', () => {
    const tried = cases.flatMap(([schema]) =>
      typeof schema === 'object' && schema !== null && 'format' in schema ? [schema['format']] : [],
    )
    expect(new Set(tried)).toEqual(formats)
  })

  it('F9 without a default nothing is filled in', () => {
    const schema = { type: 'object', properties: { a: { default: 3 } } }
    expect(checkInput(schema, {})).toEqual({ ok: true, value: { a: 3 } })
    expect(checkInput(without(schema, 'default'), {})).toEqual({ ok: true, value: {} })
  })
})

it('F7 defaults are filled in, also where there is no input at all; without a schema nothing is', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer', default: 3 }, b: { type: 'string' } } }
  expect(checkInput(schema, { b: 'x', c: ['5'] })).toEqual({ ok: true, value: { a: 3, b: 'x', c: ['5'] } })
  expect(checkInput(schema, undefined)).toEqual({ ok: true, value: { a: 3 } })
  expect(checkInput(undefined, undefined)).toEqual({ ok: true, value: undefined })
  expect(checkInput(undefined, [1])).toEqual({ ok: true, value: [1] })
})

it.each([
  [{ type: 'string', pattern: '(a+)+$' }, ['pattern'], 'not taken'],
  [{ type: 'object', patternProperties: {} }, ['patternProperties'], 'not taken'],
  [{ $ref: '#/$defs/a', $defs: {} }, ['$ref'], 'not taken'],
  [{ type: 'array', contains: {} }, ['contains'], 'not taken'],
  [{ not: { type: 'string' } }, ['not'], 'not taken'],
  [{ maxlength: 3 }, ['maxlength'], 'not taken'],
  [{ required: ['a'] }, ['required'], 'goes with `type: object`'],
  [{ type: 'string', minimum: 1 }, ['minimum'], 'goes with `type: number` or `integer`'],
  [{ type: 'string', format: 'colour' }, ['format'], 'one of'],
  [{ const: { a: 1 } }, ['const'], 'takes text'],
  [
    { type: 'object', properties: { a: { anyOf: [{}, { minLength: 1 }] } } },
    ['properties', 'a', 'anyOf', 1, 'minLength'],
    'goes with',
  ],
  [{ type: 'strange' }, [], 'not understood'],
  [7, [], 'a schema is an object'],
] as [Json, (string | number)[], string][])('F9 what would do nothing is refused: %j', (schema, path, message) => {
  expect(schemaProblems(schema)).toContainEqual({ path, message: expect.stringContaining(message) })
})
