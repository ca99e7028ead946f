/**
 * Objects whose keys are names of the author's: each key and each value is checked, and all of them stay. `__proto__` is a
 * name like any other; zod's own record leaves it out without a word.
 */
import { z } from 'zod'

export const record = <Value>(key: z.ZodType<string>, value: z.ZodType<Value>) =>
  z
    .custom<Record<string, Value>>(isObject, 'an object is required')
    .superRefine((object, context) => {
      for (const [name, each] of Object.entries(object)) {
        for (const { path, message } of [...issuesOf(key, name), ...issuesOf(value, each)]) {
          context.addIssue({ code: 'custom', path: [name, ...path], message })
        }
      }
    })
    .meta(describedAs(z.record(key, value)))

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

const issuesOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues ?? []

/** What documents say of it, which cannot look into a check. */
function describedAs(schema: z.ZodType): z.GlobalMeta {
  const { $schema, ...described } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })
  return described
}
