/** Starts of flows get the flow from where the organisation keeps it. */
import { type Answer, accepted } from '../engine/answer.ts'
import { flowToPin, type Pinned, type Startable, withFlow } from '../engine/flow/pinning.ts'
import type { Env } from './env.ts'
import { flowsStub } from './stubs.ts'

/** A start of a flow with its definition and its whole input; a start of coded work as it is. */
export async function pinned<Start extends Startable & { org: string }>(env: Env, start: Start): Promise<Answer<Pinned<Start>>> {
  const named = flowToPin(start)
  if (!named.ok) return named
  if (named.value === undefined) return accepted(start)
  const found = await flowsStub(env, start.org).pin(named.value.name, named.value.version)
  return found.ok ? withFlow(start, found.value) : found
}
