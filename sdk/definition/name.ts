/** Names and other small arguments of calls, checked where they are given: the author can still do something about them. */
import type { z } from 'zod'
import { InvalidValue } from '../values/refusal.ts'

/**
 * The argument itself, when it fits.
 *
 * @param root how a refusal calls it, as `the name of a signal`
 * @throws InvalidValue that says which limit it breaks
 */
export function checked<Value>(schema: z.ZodType<Value>, argument: unknown, root: string): Value {
  const result = schema.safeParse(argument)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).map((key) => (typeof key === 'symbol' ? String(key) : key))
  throw new InvalidValue(root, path, issue?.message ?? 'it is not valid')
}
