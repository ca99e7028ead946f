/**
 * Signals: taken in the order of their arrival, whether or not the code waits for them.
 *
 * 1. A signal is known by its `signalId`: sent again, it is answered by where it is in the log, also when the run is closed.
 * 2. The run's code reads them at its own pace, but only so many wait for it.
 */
import { limits } from '../../schemas/limits.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { Draft } from './draft.ts'
import { closedRefusal } from './refusals.ts'
import type { RunState } from './state.ts'

export interface SignalCommand {
  name: string
  signalId: string
  /** JSON text. */
  payload?: string
}

export interface SignalTaken {
  sequence: number
}

export function takeSignal(draft: Draft, { name, signalId, payload }: SignalCommand): Answer<SignalTaken> {
  const run = draft.run
  const known = run.signals.get(signalId)
  if (known !== undefined) return accepted({ sequence: known })
  if (run.closed !== undefined) return closedRefusal(run)
  const unread = run.unreadSignals.length
  if (unread >= limits.signalsUnread) {
    return refused('rate_limited', `${unread} signals are unread, the limit of signalsUnread is ${limits.signalsUnread}`)
  }
  if (run.lastSequence >= run.limits.eventsPerRun) {
    const { eventsPerRun } = run.limits
    return refused('rate_limited', `the run has ${run.lastSequence} events, the limit of eventsPerRun is ${eventsPerRun}`)
  }
  return accepted({ sequence: draft.append('SIGNAL_RECEIVED', { name, signalId }, { payload }) })
}

/** Whether a signal lies beyond what such an answer had seen. */
export const hasUnreadSignal = (run: RunState, snapshotSequence: number): boolean =>
  (run.unreadSignals.at(-1) ?? 0) > snapshotSequence
