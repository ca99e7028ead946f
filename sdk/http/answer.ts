/** Answers of the service as their shapes; what a newer service adds to them is ignored. */
import { z } from 'zod'
import type { Failure } from '../../schemas/failure.ts'
import { PerdureError } from '../failures/perdure-error.ts'

/** Strict where it is sent to the service, open where it comes from there. */
export const answeredFailure = z.custom<Failure>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'message' in value &&
    typeof value.message === 'string',
  'a failure is required',
)

/** @throws PerdureError `invalid_answer`, as when something else than the service answers at its address */
export function readAnswer<Shape>(shape: z.ZodType<Shape>, body: unknown): Shape {
  const { data, error } = shape.safeParse(body)
  if (error === undefined) return data
  const [issue] = error.issues
  throw new PerdureError(`the answer has another shape than expected: ${issue?.path.join('.')}: ${issue?.message}`, {
    code: 'invalid_answer',
    cause: error,
  })
}
