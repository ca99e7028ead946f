/** L12, D8, D15: what goes in comes out equal: at the task, in the workflow, in a side effect, at the client. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { mirror } from './steps.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  await stage.worker()
})
afterAll(() => stage.close())

const prototypeKey: unknown = JSON.parse('{"__proto__":1}')

const values: [string, unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['0', 0],
  ['false', false],
  ['an empty string', ''],
  ['a date', new Date('2026-11-01T12:00:00.123Z')],
  ['a bigint', 12_345_678_901_234_567_890n],
  ['bytes', new Uint8Array([0, 127, 128, 255])],
  [
    'a map',
    new Map<unknown, unknown>([
      [1, new Date(0)],
      ['key', new Set([1n, 'x'])],
    ]),
  ],
  ['undefined in a list', [1, undefined, null]],
  ['an object that looks tagged', { $date: 'not a date', nested: { $esc: { $bigint: '1' } } }],
  ['the key __proto__', prototypeKey],
]

it.each(values)('L12 D8 D15 %s', async (_, value) => {
  const result = await stage.client.execute(mirror, { value })
  // An undefined property is left out.
  const expected = value === undefined ? {} : { fromTask: value, fromRun: value }
  expect(result).toStrictEqual({ ...expected, seenByTask: true })
})
