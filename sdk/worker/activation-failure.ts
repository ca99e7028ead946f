/** An activation that could not be advanced, as the service is told. */
import type { z } from 'zod'
import type { failActivation } from '../../schemas/reports.ts'
import type { Activation } from '../../schemas/work.ts'
import { DeterminismError, StrayCallError } from '../failures/determinism-error.ts'
import { toWire } from '../failures/wire.ts'
import { retrying } from '../http/retry.ts'
import type { Service } from '../http/service.ts'

export type ActivationFailure = Pick<z.infer<typeof failActivation>, 'failure' | 'determinism'>

export function wireFailure(error: Error): ActivationFailure {
  const failure = { ...toWire(error), ...((DeterminismError.is(error) || StrayCallError.is(error)) && { type: 'DETERMINISM' }) }
  if (!DeterminismError.is(error)) return { failure }
  const { index, expected, actual, location, hint } = error
  const found = { index: Math.max(1, index), expected, actual, ...(location && { location }), ...(hint && { hint }) }
  return { failure, determinism: found }
}

/** Until the service has heard it, or will not. */
export async function sendFailure(
  service: Service,
  { executionId, activationId, token }: Activation,
  failure: ActivationFailure,
  signal: AbortSignal,
): Promise<void> {
  const path = `/workflow-executions/${encodeURIComponent(executionId)}/activations/${activationId}/fail`
  const body = { token, ...failure }
  const limits = { firstMs: 100, longestMs: 5_000, signal }
  await retrying(() => service.send({ method: 'POST', path, body, signal }), limits).catch(() => undefined)
}
