/** Values that came from outside: whoever sent them need not have known the tags. */
import type { Json } from '../../schemas/values.ts'
import { decode } from './decode.ts'

/** Decoded; what cannot be decoded is shown as it came, so that no value can stop a run. */
export function received(json: Json | undefined): unknown {
  try {
    return decode(json)
  } catch {
    return json
  }
}
