/** Inputs checked by any Standard Schema (zod, valibot, arktype …). */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidInput } from '../failures/invalid-input.ts'
import { showPath } from '../values/refusal.ts'

export type InputSchema = StandardSchemaV1

/**
 * What author code is given: the schema's output, or the input itself where there is no schema.
 *
 * @throws InvalidInput with the path of everything that is wrong
 */
export async function checkInput(schema: InputSchema | undefined, input: unknown, name: string): Promise<unknown> {
  if (schema === undefined) return input
  const result = await schema['~standard'].validate(input)
  if (result.issues === undefined) return result.value
  const problems = result.issues.map((issue) => ({
    path: showPath('', (issue.path ?? []).map(segmentKey)).replace(/^\./, ''),
    message: issue.message,
  }))
  const shown = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new InvalidInput(`the input of ${name} is not valid: ${shown}`, problems)
}

function segmentKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'symbol' ? String(key) : key
}
