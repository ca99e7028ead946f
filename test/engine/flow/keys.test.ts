/**
 * F9: every key of a flow does something. Keys, and the values and types that each may have, are enumerated from the
 * schema; a key without a case fails, and so does a case in which two runs do not differ as it says.
 */
import { describe, expect, it } from 'vitest'
import { checkFlow } from '../../../engine/flow/check.ts'
import type { Json } from '../../../schemas/values.ts'
import { flowKeys } from '../../../scripts/flow-keys.ts'
import type { KeyCase } from './key-case.ts'
import { graphCases } from './key-cases-graph.ts'
import { runCases } from './key-cases-run.ts'
import { taskCases } from './key-cases-task.ts'
import { stageFlow } from './staged-flow.ts'

const cases: Record<string, KeyCase[]> = { ...runCases, ...taskCases, ...graphCases }
const keys = flowKeys()

const whole = ({ flow }: KeyCase): { [key: string]: Json } => ({ flow: 'staged', ...flow })

const valueAt = (value: Json | undefined, [part, ...rest]: string[]): Json | undefined => {
  if (part === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  return valueAt(Object.entries(value).find(([key]) => key === part)?.[1], rest)
}

/** With another value at a place; undefined takes it away. */
function changed(value: Json, [part, ...rest]: string[], to: Json | undefined): Json {
  if (part === undefined || typeof value !== 'object' || value === null) return to ?? null
  if (Array.isArray(value)) return value.map((each, index) => (String(index) === part ? changed(each, rest, to) : each))
  const entries = Object.entries(value)
  if (!(part in value)) entries.push([part, null])
  return Object.fromEntries(
    entries.flatMap(([key, each]): [string, Json][] => {
      if (key !== part) return [[key, each]]
      if (rest.length > 0) return [[key, changed(each, rest, to)]]
      return to === undefined ? [] : [[key, to]]
    }),
  )
}

/** `tasks.*.next[].when` of `tasks.a.next.0.when`. */
const isAt = (at: string, key: string): boolean => {
  const parts = key.replaceAll('[]', '.#').split('.')
  const place = at.split('.')
  return (
    place.length === parts.length &&
    place.every((each, n) => parts[n] === '*' || parts[n] === each || (parts[n] === '#' && /^\d+$/.test(each)))
  )
}

/** Whether a value is of a type, or is the value, that the table of keys names. */
function isOf(value: Json | undefined, type: string): boolean {
  if (type.startsWith('"')) return JSON.stringify(value) === type
  switch (type) {
    case 'any value':
      return value !== undefined
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}

describe('F9 the effect of each key is seen', () => {
  it('each has a case, and there are no others', () => {
    expect(Object.keys(cases).toSorted()).toEqual(keys.map(({ path }) => path).toSorted())
  })

  it.each(keys)('$path: every type and every value that is named is tried', ({ path, type }) => {
    const tried = (cases[path] ?? []).map((each) => valueAt(whole(each), each.at.split('.')))
    for (const named of type.split(', '))
      expect(
        tried.some((value) => isOf(value, named)),
        named,
      ).toBe(true)
  })

  for (const [key, theirs] of Object.entries(cases)) {
    it.each(theirs.map((each) => [JSON.stringify(valueAt(whole(each), each.at.split('.'))), each] as const))(
      `${key}: %s`,
      (_, each) => {
        expect(isAt(each.at, key)).toBe(true)
        const place = each.at.split('.')
        const flow = whole(each)
        const other = changed(flow, place, each.instead)
        expect(each.sees(stageFlow(flow, each.staging))).toEqual(each.with)
        expect(each.sees(stageFlow(other, each.staging))).toEqual(each.without)
        expect(each.with).not.toEqual(each.without)
      },
    )
  }
})

describe('F9 another key beside any of them', () => {
  it.each(Object.values(cases).flat())('is refused: $at', (each) => {
    const beside = [...each.at.split('.').slice(0, -1), 'surprising']
    const checked = checkFlow(JSON.stringify(changed(whole(each), beside, 1)))
    expect(checked.ok ? [] : checked.problems).toContainEqual(
      expect.objectContaining({ path: beside.join('.'), message: 'unknown key surprising' }),
    )
  })
})
