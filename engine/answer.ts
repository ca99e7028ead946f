/** Expected refusals are values: what a rule answers is a value or a reason, and never throws. */
import type { ErrorCode, Refusal } from '../schemas/errors.ts'

export type Answer<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

export const accepted = <Value>(value: Value): Answer<Value> => ({ ok: true, value })

export const refused = (code: ErrorCode, message: string): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { code, message },
})
