/** Signals: values that somebody sends to a running workflow. They are in its log, in order, and none is lost. */
import { name as nameSchema } from '../../schemas/identity.ts'
import type { DurablePromise } from './durable-promise.ts'
import type { Duration } from './duration.ts'
import { checked } from './name.ts'

declare const payloadOf: unique symbol

/** A signal's name, and the type of what is sent with it. */
export interface SignalDefinition<Payload> {
  readonly type: 'signal'
  readonly name: string
  /** Only for the compiler. */
  readonly [payloadOf]?: (payload: Payload) => Payload
}

/** May be left out where `undefined` is a payload. */
export type PayloadArguments<Payload> = undefined extends Payload ? [payload?: Payload] : [payload: Payload]

/** How long to wait. */
export interface WaitOptions {
  /** Rejects with a `TimeoutFailure` when so much time has gone by. */
  timeout?: Duration
}

/** The signals of one name, in the order in which they came. Each is taken once, by whoever waits first. */
export interface SignalChannel<Payload> extends AsyncIterable<Payload> {
  /** The next one that nobody has taken; waits for it if need be. `cancel()` gives the place in the line up. */
  next(options?: WaitOptions): DurablePromise<Payload>
  /** Whether there is one that nobody has taken, waits for, or handles. */
  has(): boolean
  /** Takes all that are there. */
  drain(): Payload[]
}

/**
 * Defines a signal, for `ctx.signals`, `ctx.onSignal` and whoever sends it.
 *
 * ```ts
 * export const approved = defineSignal<boolean>('approved')
 * await handle.signal(approved, true)
 * ```
 * @throws InvalidValue unless the name has 1 to 200 characters, none of them `/` or a control character
 */
export function defineSignal<Payload = undefined>(name: string): SignalDefinition<Payload> {
  return Object.freeze({ type: 'signal', name: checked(nameSchema, name, 'the name of a signal') })
}

export const signalName = (signal: { readonly name: string } | string): string =>
  typeof signal === 'string' ? checked(nameSchema, signal, 'the name of a signal') : signal.name
