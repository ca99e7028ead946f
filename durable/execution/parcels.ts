/** Work in the words that a worker gets, with the proof that it was given. */
import type { Parcel } from '../../engine/execution/parcel.ts'
import type { RunState } from '../../engine/execution/state.ts'
import { type WorkLog, workBody } from '../../engine/execution/work-text.ts'
import type { WorkBody } from '../../engine/lease.ts'
import { signToken } from './tokens.ts'

export interface WorkSource extends WorkLog {
  readonly head: { secret: string } | undefined
}

/** The parcel's text; undefined when what it speaks of is no longer open. */
export function wrap(parcel: Parcel, run: RunState, executionId: string, store: WorkSource): WorkBody | undefined {
  const secret = store.head?.secret
  if (secret === undefined) return undefined
  return workBody(parcel, run, executionId, store, signToken(secret, parcel))
}
