/** What a client sends of what it was given: refused here in the words of a request, by the name of the field. */
import type { Json } from '../../schemas/values.ts'
import { type Duration, milliseconds } from '../definition/duration.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { encodePayload } from '../values/payload.ts'
import { InvalidValue } from '../values/refusal.ts'

/** @throws PerdureError `payload_too_large` with size and limit, `invalid_request` for what cannot travel */
export function sentValue(value: unknown, field: string): Json {
  try {
    return encodePayload(value, field)
  } catch (cause) {
    throw refused(cause, InvalidValue.is(cause) ? 'invalid_request' : 'payload_too_large')
  }
}

/** @throws PerdureError `invalid_request` that names the field and the longest */
export function sentDuration(duration: Duration, field: string): number {
  try {
    return milliseconds(duration, field)
  } catch (cause) {
    throw refused(cause, 'invalid_request')
  }
}

const refused = (cause: unknown, code: string): PerdureError =>
  new PerdureError(cause instanceof Error ? cause.message : String(cause), { code, cause })
