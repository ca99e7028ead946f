/** The JSON Schema of a flow's input: understood at the save, applied at each start. */
import { z } from 'zod'
import type { Refusal } from '../../schemas/errors.ts'
import type { Json } from '../../schemas/values.ts'
import { type Answer, accepted } from '../answer.ts'
import { keywordProblems, type SchemaProblem, withItems } from './schema-keywords.ts'

export function schemaProblems(schema: Json): SchemaProblem[] {
  const problems = keywordProblems(schema)
  if (problems.length > 0) return problems
  try {
    readSchema(schema)
    return []
  } catch (error) {
    return [{ path: [], message: `the schema of the input is not understood: ${error instanceof Error ? error.message : error}` }]
  }
}

/** The input with the defaults of the schema, or what is wrong with it, by path. Without a schema anything is taken. */
export function checkInput(schema: Json | undefined, input: Json | undefined): Answer<Json | undefined> {
  if (schema === undefined) return accepted(input)
  // A flow that is started without input has the defaults, if its schema is that of an object.
  const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema) && schema['type'] === 'object'
  const parsed = readSchema(schema).safeParse(input === undefined && isObject ? {} : input)
  if (parsed.success) return accepted(JSON.parse(JSON.stringify(parsed.data ?? null)))
  const errors = parsed.error.issues.slice(0, 100).map(({ path, message }) => ({ path: ['input', ...path].join('.'), message }))
  const [first] = errors
  const refusal: Refusal = {
    code: 'invalid_request',
    message: first === undefined ? 'the input is not valid' : `${first.path}: ${first.message}`,
    errors,
  }
  return { ok: false, refusal }
}

/** @throws when a keyword is not understood */
function readSchema(schema: Json): z.ZodType {
  if (typeof schema === 'boolean') return z.fromJSONSchema(schema)
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) throw new Error('a schema is an object')
  const whole = withItems(schema)
  return z.fromJSONSchema(typeof whole === 'object' && whole !== null && !Array.isArray(whole) ? whole : schema)
}
