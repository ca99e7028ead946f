/** An activation that could not be advanced: as the service is told, and as the developer is. */
import type { z } from 'zod'
import type { Failure } from '../../schemas/failure.ts'
import type { failActivation } from '../../schemas/reports.ts'
import type { Activation } from '../../schemas/work.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import { toWire } from '../failures/wire.ts'
import { retrying } from '../http/retry.ts'
import type { Service } from '../http/service.ts'

export type ActivationFailure = Pick<z.infer<typeof failActivation>, 'failure' | 'determinism'>

/** Whose code it was. */
export type FailedBy = Pick<z.infer<typeof failActivation>, 'session' | 'build'>

export function wireFailure(error: Error): ActivationFailure {
  const failure = { ...toWire(error), ...((DeterminismError.is(error) || StrayCallError.is(error)) && { type: 'DETERMINISM' }) }
  if (!DeterminismError.is(error)) return { failure }
  return { failure, determinism: error.mismatch }
}

/** The workflow asks to fail where its code does not fit: what it fails with. */
export function closingFailure(error: DeterminismError): Failure {
  return { ...toWire(error), type: 'DETERMINISM', details: { ...error.mismatch } }
}

/** The error with the run that it is about, and what becomes of it. */
export function explained(error: Error, { executionId, run, kind }: Activation, isBlocked: boolean): Error {
  const subject = `run ${run} of ${executionId} (workflow ${JSON.stringify(kind)})`
  if (StrayCallError.is(error)) return new StrayCallError(`${subject} cannot go on: ${error.message}`)
  if (!DeterminismError.is(error)) return error
  const outcome = isBlocked ? 'is blocked' : 'has failed'
  const advice = isBlocked
    ? '. Nothing is lost: start a worker with code that fits, under another `build`, and it goes on by itself'
    : ''
  return new DeterminismError(error.mismatch, `${subject} ${outcome}: ${error.message}${advice}`)
}

/** Until the service has heard it, or will not. */
export async function sendFailure(
  service: Service,
  { executionId, activationId, token }: Activation,
  failure: ActivationFailure,
  signal: AbortSignal,
  by: FailedBy = {},
): Promise<void> {
  const path = `/workflow-executions/${encodeURIComponent(executionId)}/activations/${activationId}/fail`
  const body = { token, ...failure, ...by }
  const limits = { firstMs: 100, longestMs: 5_000, signal }
  await retrying(() => service.send({ method: 'POST', path, body, signal }), limits).catch(() => undefined)
}
