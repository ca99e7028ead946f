/** How a promise of an execution is settled from outside. */
import type { Failure as WireFailure } from '../../schemas/failure.ts'
import { ApplicationFailure } from '../failures/application-failure.ts'
import { toWire } from '../failures/wire.ts'

/** Why a promise is rejected: an error, a message, or a failure in the words of the wire. */
export type Rejection = Error | string | { type?: string; message: string; details?: unknown; cause?: unknown }

export interface Settled {
  /** Somebody was earlier, and nothing was changed. */
  alreadySettled: boolean
}

/** The failure that the workflow will find as the `cause` of its `PromiseRejected`. */
export function wireRejection(rejection: Rejection): WireFailure {
  if (rejection instanceof Error) return toWire(rejection)
  const { type = 'Error', message, details, cause } = typeof rejection === 'string' ? { message: rejection } : rejection
  // The stack of this function would tell the workflow nothing.
  const { stack: _, ...failure } = toWire(new ApplicationFailure(message, { type, details, cause }))
  return failure
}
