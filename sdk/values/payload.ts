/** A value on its way to the service: encoded, and refused at once when it is larger than the service takes. */
import { limits } from '../../schemas/limits.ts'
import type { Json } from '../../schemas/values.ts'
import { ApplicationFailure } from '../failures/application-failure.ts'
import { encodeMeasured } from './encode.ts'

/** A character of JSON text has at most six bytes, as in `\u0001`. */
const bytesPerCharacter = 6

/**
 * @throws ApplicationFailure `PayloadTooLarge`, with the size, so that the code which made the value can catch it
 * @throws InvalidValue for what cannot be encoded
 */
export function encodePayload(value: unknown, root: string): Json {
  const { json, characters } = encodeMeasured(value, root)
  if (characters * bytesPerCharacter <= limits.payloadBytes) return json
  const bytes = new TextEncoder().encode(JSON.stringify(json)).length
  if (bytes <= limits.payloadBytes) return json
  throw new ApplicationFailure(`${root} has ${bytes} bytes, the limit is ${limits.payloadBytes}`, {
    type: 'PayloadTooLarge',
    nonRetryable: true,
    details: { bytes, limit: limits.payloadBytes },
  })
}
