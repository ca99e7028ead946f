/** What a key of a flow does, to be seen in two runs: one with it, and one without it or with another value. */
import type { Json } from '../../../schemas/values.ts'
import type { End, Seen, Staging } from './staged-flow.ts'

export interface KeyCase {
  /** Where it stands in `flow`, whose name is `staged` unless it says so. */
  at: string
  flow: { [key: string]: Json }
  /** What stands there in the other run; absent: nothing. */
  instead?: Json
  staging?: Staging
  sees: (seen: Seen) => unknown
  with: unknown
  without: unknown
}

export const status = ({ status }: Seen): unknown => status
export const output = ({ output }: Seen): unknown => output
export const outcomes = ({ outcomes }: Seen): unknown => outcomes
/** Which tasks had attempts, in their order. */
export const tried = ({ attempts }: Seen): string[] => attempts.map(({ task }) => task)
export const inputs = ({ attempts }: Seen): unknown[] => attempts.map(({ input }) => input)
/** The beginning of what is wrong, as far as the first colon of the message. */
export const refused = ({ refused }: Seen): string | undefined => refused?.split(': ').slice(0, 2).join(': ')

/** Between the attempts of the first task, as doublings of a second: 0 is a second, 1 two, 2 four. Back-off varies by a tenth. */
export const waits = ({ attempts: [first, ...more] }: Seen): number[] => {
  let last = first?.at ?? 0
  return more.map(({ at }) => {
    const wait = at - last
    last = at
    return Math.round(Math.log2(wait / 1_000))
  })
}

export const fails = (): End => ({ failure: 'Oops' })
export const silent = (): End => 'silence'
/** The items with these values fail. */
export const failsFor =
  (...values: Json[]) =>
  ({ input }: { input: Json | undefined }): End =>
    values.includes(input ?? null) ? { failure: 'Oops' } : { output: input ?? null }
