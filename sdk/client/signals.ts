/** How an execution is signalled. */
import { signalId as anySignalId } from '../../schemas/identity.ts'
import type { SignalDefinition } from '../definition/signal.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { sentValue } from './sent.ts'
import type { StartOptions } from './start-options.ts'

export interface SignalOptions {
  /** Again with the same id is the same signal, of which the execution takes one. Made by the client if absent. */
  signalId?: string
}

/** Of `signalWithStart`: how it is started if it is not there, and the signal that it gets in any case. */
export type SignalWithStartOptions<Payload> = StartOptions &
  SignalOptions & { signal: SignalDefinition<Payload> | string } & (undefined extends Payload
    ? { payload?: Payload }
    : { payload: Payload })

export const nameOfSignal = (signal: { name: string } | string): string => (typeof signal === 'string' ? signal : signal.name)

/** Its id makes sending it again harmless. */
export function signalBody(payload: unknown, signalId: string = crypto.randomUUID()) {
  const problem = anySignalId.safeParse(signalId).error?.issues[0]?.message
  if (problem !== undefined) throw new PerdureError(`signalId: ${problem}`, { code: 'invalid_request' })
  return { ...(payload !== undefined && { payload: sentValue(payload, 'payload') }), signalId }
}
