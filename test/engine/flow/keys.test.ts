/** F9: every key of the schema changes what a run is given. Keys are enumerated from the schema: a new one has to be tried here. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkFlow } from '../../../engine/flow/check.ts'
import type { Json } from '../../../schemas/values.ts'
import { flowKeys } from '../../../scripts/flow-keys.ts'

/** Each key once at least, and never with its default. */
const everything: Json = parse(`
flow: everything
version: 3
input: { type: object }
vars: { seen: 0 }
timeout: 1 hour
max_steps: 7
cancellation: allow_finish
on_cancel: [undo]
output: { seen: "{{ vars.seen }}" }
tasks:
  first:
    task: work
    input: { n: 1 }
    timeout: 3s
    queue: media
    priority: 5
    exclusive: true
    retry: { initialInterval: 5ms, backoffCoefficient: 3, maximumInterval: 1m, maximumAttempts: 4, nonRetryable: [Bad] }
    next:
      - { when: "{{ failed() }}", do: [many] }
      - { publish: { seen: "{{ result() }}" }, do: [many, sub] }
  many:
    task: work
    with_items:
      in: "{{ input.list }}"
      as: file
      key: "{{ item.key }}"
      on_item_failure: stop
      tolerate: { count: 1, percent: 10 }
      batch: { size: 2 }
    concurrency: 3
    next: [{ do: [last] }]
  sub: { flow: other, next: [{ do: [last] }] }
  last: { task: work, join: 1, on_unreachable: skip }
  wait: { wait_for: { signal: go } }
  promised: { wait_for: { promise: ok } }
  undo: { task: undo }
`)

const pathsTo = (value: Json | undefined, parts: string[], before: string[] = []): string[][] => {
  const [part, ...rest] = parts
  if (value === undefined) return []
  if (part === undefined) return [before]
  if (typeof value !== 'object' || value === null) return []
  if (part === '[]') return Array.isArray(value) ? value.flatMap((each, n) => pathsTo(each, rest, [...before, String(n)])) : []
  const names = part === '*' ? Object.keys(value) : Object.hasOwn(value, part) ? [part] : []
  return names.flatMap((name) => pathsTo(Object.entries(value).find(([key]) => key === name)?.[1], rest, [...before, name]))
}

function without(value: Json, [first, ...rest]: string[]): Json {
  if (typeof value !== 'object' || value === null || first === undefined) return value
  if (Array.isArray(value)) return value.map((each, n) => (String(n) === first ? without(each, rest) : each))
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, Json][] =>
      key !== first ? [[key, each]] : rest.length === 0 ? [] : [[key, without(each, rest)]],
    ),
  )
}

const hashOf = (value: Json): string => {
  const checked = checkFlow(JSON.stringify(value))
  return checked.ok ? checked.flow.hash : 'refused'
}

describe('F9 without this key the definition is another, or none', () => {
  const whole = hashOf(everything)
  it('with all of them it is valid', () => expect(checkFlow(JSON.stringify(everything))).toMatchObject({ ok: true }))
  it.each(flowKeys().map(({ path }) => path))('%s', (path) => {
    const parts = path.split('.').flatMap((part) => (part.endsWith('[]') ? [part.slice(0, -2), '[]'] : [part]))
    const [place] = pathsTo(everything, parts)
    if (place === undefined) throw new Error(`nothing tries ${path}`)
    expect(hashOf(without(everything, place))).not.toBe(whole)
  })

  it('and another key beside any of them is refused', () => {
    for (const { path } of flowKeys().filter(
      (key) => key.type === 'object' && !['input', 'vars', 'tasks', 'tasks.*.next[].publish'].includes(key.path),
    )) {
      const [place = []] = pathsTo(everything, path.split('.'))
      const added = structuredClone(everything)
      let owner: Json | undefined = added
      for (const part of place) owner = typeof owner === 'object' && owner !== null ? Reflect.get(owner, part) : undefined
      Object.assign(owner ?? {}, { surprising: 1 })
      const checked = checkFlow(JSON.stringify(added))
      expect(checked.ok ? [] : checked.problems, path).toContainEqual(
        expect.objectContaining({ path: [...place, 'surprising'].join('.'), message: 'unknown key surprising' }),
      )
    }
  })
})
