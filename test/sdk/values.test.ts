/**
 * L12: a value that went in comes out equal, and what cannot is refused with its path. D8: null, undefined, 0, false, ''
 * survive; D15: dates, bigints and bytes come out as they went in. (N11: what is too large is refused with its size.)
 */
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import { ApplicationFailure } from '../../sdk/failures/application-failure.ts'
import { decode } from '../../sdk/values/decode.ts'
import { encode, put } from '../../sdk/values/encode.ts'
import { encodePayload } from '../../sdk/values/payload.ts'
import { InvalidValue } from '../../sdk/values/refusal.ts'

/** There and back again as text, as over the wire. */
const travel = (value: unknown): unknown => decode(JSON.parse(JSON.stringify(encode(value))))

const text = fc.string({ unit: 'binary' })
const key = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'toString', '$date', '$esc', '$undefined', '$enc', '$ref', '$', ''),
)
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, undefined, true, false),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.array(fc.tuple(key, tie('value'))).map(record),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}))

/** Undefined properties are left out on the way, so they are left out here. */
function record(pairs: [string, unknown][]): { [key: string]: unknown } {
  const made: { [key: string]: unknown } = {}
  for (const [name, item] of pairs) if (item !== undefined) put(made, name, item)
  return made
}

describe('L12 round trips', () => {
  test('of any value', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        // Not `toStrictEqual`, to which two equal objects with an own key `constructor` differ.
        expect(isDeepStrictEqual(travel(value), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test.each([null, undefined, 0, false, ''])('D8: %j', (value) => {
    expect(travel(value)).toBe(value)
    expect(travel([value])).toStrictEqual([value])
  })

  test('D15: dates, bigints, bytes, maps and sets, nested', () => {
    const value = {
      at: new Date('2026-02-03T04:05:06.789Z'),
      long: new Date(8.64e15),
      count: -(2n ** 70n),
      bytes: Uint8Array.from({ length: 70_000 }, (_, index) => index % 256),
      pages: new Map<unknown, unknown>([
        [{ page: 1 }, new Set([1n, 'one', undefined])],
        [undefined, new Date(0)],
      ]),
    }
    expect(travel(value)).toStrictEqual(value)
  })

  test('a Buffer comes out as the bytes that it is', () => {
    expect(travel(Buffer.from('perdure'))).toStrictEqual(Uint8Array.from(Buffer.from('perdure')))
  })

  test('-0 is 0', () => {
    expect(travel([-0])).toStrictEqual([0])
  })

  test('an undefined property is left out, an undefined item is kept', () => {
    expect(encode({ a: undefined, b: [undefined] })).toStrictEqual({ b: [{ $undefined: true }] })
  })

  test('`__proto__` is an ordinary key, and nothing is inherited from it', () => {
    const value: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":{"name":"x"}}')
    const back = travel(value)
    expect(Object.keys(back as object)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect((back as { admin?: boolean }).admin).toBeUndefined()
    expect(JSON.stringify(back)).toBe(JSON.stringify(value))
  })

  test('the same object twice is not a cycle', () => {
    const shared = { n: 1 }
    expect(travel([shared, { shared }])).toStrictEqual([shared, { shared }])
  })

  test('what was encoded does not change with the value', () => {
    const value = { items: [1], bytes: Uint8Array.of(1) }
    const json = encode(value)
    value.items.push(2)
    value.bytes[0] = 9
    expect(decode(json)).toStrictEqual({ items: [1], bytes: Uint8Array.of(1) })
  })

  test('plain objects of other realms and without a prototype', () => {
    expect(travel(runInNewContext('({ a: [1, { b: 2 }] })'))).toStrictEqual({ a: [1, { b: 2 }] })
    expect(travel(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })
})

describe('on the wire', () => {
  test.each([
    [{ a: [1, 'x', null] }, { a: [1, 'x', null] }],
    [{ $date: '1970-01-01T00:00:00.000Z' }, new Date(0)],
    [{ $bigint: '12' }, 12n],
    [{ $bytes: 'AP8=' }, Uint8Array.of(0, 255)],
    [{ $undefined: true }, undefined],
    [{ $map: [['k', { $bigint: '1' }]] }, new Map([['k', 1n]])],
    [{ $set: ['a'] }, new Set(['a'])],
    [{ $esc: { $date: 'mine' } }, { $date: 'mine' }],
    [{ $esc: { $esc: { $esc: { $esc: 1 } } } }, { $esc: { $esc: 1 } }],
    [
      { $a: 1, b: 2 },
      { $a: 1, b: 2 },
    ],
    [{ $esc: { $a: 1 } }, { $a: 1, b: undefined }],
  ] satisfies [Json, unknown][])('it is %j', (json, value) => {
    expect(encode(value)).toStrictEqual(json)
  })

  test('objects that came from elsewhere with an unknown tag stay as they are', () => {
    expect(decode({ $money: '3 EUR' })).toStrictEqual({ $money: '3 EUR' })
    expect(decode(undefined)).toBeUndefined()
  })
})

describe('refusals', () => {
  class Point {
    x = 1
  }
  const cycle: { next: unknown[] } = { next: [] }
  cycle.next.push({ back: cycle })
  let deep: unknown = 'bottom'
  for (let level = 0; level < 100_000; level += 1) deep = [deep]

  test.each([
    [{ a: [1, Number.NaN] }, 'input.a[1]: NaN'],
    [[Number.NEGATIVE_INFINITY], 'input[0]: -Infinity'],
    [{ 'a b': new Date(Number.NaN) }, 'input["a b"]: it is an invalid date'],
    [{ run: () => 1 }, 'input.run: a function'],
    [{ s: Symbol('s') }, 'input.s: a symbol'],
    [{ in: { [Symbol('hidden')]: 1 } }, 'input.in: Symbol(hidden)'],
    [cycle, 'input.next[0].back: it contains itself'],
    [{ half: 'x\ud800' }, 'input.half: the text has half'],
    [{ o: { '\udc00': 1 } }, 'input.o: the key "\\udc00" has half'],
    [{ at: [new Point()] }, 'input.at[0]: an instance of Point'],
    [new Map([['k', () => 1]]), 'input[0]: a function'],
    [new Set([0, /x/]), 'input[1]: an instance of RegExp'],
    [Promise.resolve(1), 'input: an instance of Promise'],
    [new Float64Array(1), 'input: an instance of Float64Array'],
    [deep, 'it is nested deeper than 500 levels'],
  ])('with the path: %#', (value, problem) => {
    expect(() => encode(value, 'input')).toThrow(InvalidValue)
    expect(() => encode(value, 'input')).toThrow(problem)
  })

  test('are failures that are not tried again', () => {
    let thrown: unknown
    try {
      encode({ a: Number.NaN }, 'output')
    } catch (error) {
      thrown = error
    }
    expect(ApplicationFailure.is(thrown) && thrown.nonRetryable).toBe(true)
    expect(thrown).toMatchObject({ type: 'InvalidValue', details: { path: 'output.a' } })
  })

  test.each([
    [{ a: { $date: 'yesterday' } }, 'input.a: $date needs an ISO date'],
    [[{ $bigint: '1.5' }], 'input[0]: $bigint needs decimal digits'],
    [{ $bigint: 7 }, 'input: $bigint needs decimal digits'],
    [{ $bytes: '%' }, 'input: $bytes needs base64'],
    [{ $set: {} }, 'input: $set needs an array'],
    [{ $map: [[1]] }, 'input: $map needs an array of pairs'],
    [{ $esc: 1 }, 'input: $esc needs an object'],
    [{ $enc: 'x' }, 'input: $enc is reserved'],
    [{ $ref: 'x' }, 'input: $ref is reserved'],
  ] satisfies [Json, string][])('of tags with the wrong content: %j', (json, problem) => {
    expect(() => decode(json, 'input')).toThrow(problem)
  })

  test('N11: a payload over the limit, with its size, to the byte', () => {
    const fits = 'x'.repeat(limits.payloadBytes - 2)
    expect(encodePayload(fits, 'input')).toBe(fits)
    expect(() => encodePayload(`${fits}x`, 'input')).toThrow(`input has ${limits.payloadBytes + 1} bytes`)
    expect(() => encodePayload('\u20ac'.repeat(Math.ceil(limits.payloadBytes / 3)), 'input')).toThrow('bytes, the limit is')
    expect(() => encodePayload('\u0001'.repeat(Math.ceil(limits.payloadBytes / 6)), 'input')).toThrow('bytes, the limit is')
  })
})
