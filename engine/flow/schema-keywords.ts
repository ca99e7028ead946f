/**
 * The share of JSON Schema that a flow's input may use: what the validator really applies, each keyword beside the type
 * that it is about. It passes over what it does not know, so whatever else is written is refused when the flow is saved.
 *
 * Not taken: `pattern` (a regular expression may take for ever) and `$ref` (one that leads to itself never ends).
 */
import type { Json } from '../../schemas/values.ts'

export interface SchemaProblem {
  path: (string | number)[]
  message: string
}

/** Beside any type, or none. */
const anywhere = ['type', 'enum', 'const', 'default', 'anyOf', 'oneOf', 'allOf']

/** For who reads the schema. */
const annotations = ['title', 'description', 'examples', '$schema']

const byType: Record<string, readonly string[]> = {
  string: ['minLength', 'maxLength', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
}

/** All that change what an input is taken as. */
export const appliedKeywords: ReadonlySet<string> = new Set([...anywhere, ...Object.values(byType).flat()])

export const formats: ReadonlySet<string> = new Set(['date', 'date-time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'])

export function keywordProblems(schema: Json, path: (string | number)[] = []): SchemaProblem[] {
  if (typeof schema === 'boolean') return []
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [{ path, message: 'a schema is an object' }]
  const { type } = schema
  const about: readonly string[] = typeof type === 'string' ? (byType[type] ?? []) : []
  return Object.entries(schema).flatMap(([keyword, value]): SchemaProblem[] => {
    const here = [...path, keyword]
    const isTaken = anywhere.includes(keyword) || annotations.includes(keyword) || about.includes(keyword)
    if (!isTaken) return [{ path: here, message: misplaced(keyword) }]
    switch (keyword) {
      case 'format':
        return typeof value === 'string' && formats.has(value)
          ? []
          : [{ path: here, message: `\`format\` is one of ${[...formats].join(', ')}` }]
      case 'enum':
        return Array.isArray(value) && value.every(isPlain) ? [] : [{ path: here, message: plainOnly(keyword) }]
      case 'const':
        return isPlain(value) ? [] : [{ path: here, message: plainOnly(keyword) }]
      case 'properties':
        return Object.entries(value ?? {}).flatMap(([name, each]) => keywordProblems(each, [...here, name]))
      case 'items':
      case 'additionalProperties':
        return keywordProblems(value, here)
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
        return (Array.isArray(value) ? value : []).flatMap((each, index) => keywordProblems(each, [...here, index]))
    }
    return []
  })
}

const isPlain = (value: Json): boolean => typeof value !== 'object' || value === null

const plainOnly = (keyword: string): string => `\`${keyword}\` takes text, numbers, true, false and null`

function misplaced(keyword: string): string {
  const types = Object.keys(byType).filter((type) => byType[type]?.includes(keyword))
  if (types.length === 0) return `\`${keyword}\` is not taken in the schema of an input`
  return `\`${keyword}\` goes with \`type: ${types.join('` or `')}\``
}

/** With `items` where a list has none: without it the validator passes over the length of the list. */
export function withItems(schema: Json): Json {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema
  const entries = Object.entries(schema).map(([keyword, value]): [string, Json] => {
    if (keyword === 'items' || keyword === 'additionalProperties') return [keyword, withItems(value)]
    if (['anyOf', 'oneOf', 'allOf'].includes(keyword) && Array.isArray(value)) return [keyword, value.map(withItems)]
    if (keyword !== 'properties' || typeof value !== 'object' || value === null) return [keyword, value]
    return [keyword, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withItems(each)]))]
  })
  const whole = Object.fromEntries(entries)
  return schema['type'] === 'array' && schema['items'] === undefined ? { ...whole, items: {} } : whole
}
