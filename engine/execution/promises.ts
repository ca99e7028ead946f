/**
 * Promises of the workflow that others settle, by name or by id.
 *
 * 1. Each is settled once (L6). By name it is the oldest open one; when there is none but one was settled, that counts.
 * 2. A settlement that comes before its promise is kept beside the log, and meets the promise in the block that makes it.
 * 3. The kept value stays on disk: the rules know its name and size, and who writes the event takes it from there.
 */
import type { FlowPlace } from '../../schemas/flow/events.ts'
import { limits } from '../../schemas/limits.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { Draft } from './draft.ts'
import { closedRefusal } from './refusals.ts'
import type { OpenPromise, RunState } from './state.ts'

/** JSON text of the value or of the failure. */
export type Settlement = { outcome: 'RESOLVED'; payload?: string } | { outcome: 'REJECTED'; payload: string }

export type Settled = { sequence: number } | { alreadySettled: true }

const isPromiseId = (nameOrId: string): boolean => /^promise-\d+$/.test(nameOrId)

export function settlePromise(draft: Draft, nameOrId: string, settlement: Settlement): Answer<Settled> {
  const run = draft.run
  if (run.closed !== undefined) return closedRefusal(run)
  const open = isPromiseId(nameOrId) ? run.promises.get(nameOrId) : oldestNamed(run, nameOrId)
  if (open !== undefined) return accepted({ sequence: appendSettled(draft, open, settlement) })
  if (isPromiseId(nameOrId)) {
    if (run.settledPromises.has(nameOrId)) return accepted({ alreadySettled: true })
    return refused('not_found', `there is no ${nameOrId}`)
  }
  if (run.settledNames.has(nameOrId) || run.keptSettlements.has(nameOrId)) return accepted({ alreadySettled: true })
  const kept = run.keptSettlements.size
  if (kept >= limits.settlementsKept) {
    const reason = `${kept} settlements wait for promises that are not there, the limit of settlementsKept is ${limits.settlementsKept}`
    return refused('rate_limited', reason)
  }
  const size = settlement.payload?.length ?? 0
  draft.record({ type: 'settlement-kept', run: run.number, name: nameOrId, size, ...settlement })
  return accepted({ sequence: run.lastSequence })
}

/** The code makes a promise. What was kept under its name settles it at once. */
export function createPromise(
  draft: Draft,
  { promiseId, name, timeoutMs, flow }: { promiseId: string; name: string; timeoutMs?: number; flow?: FlowPlace },
): void {
  const run = draft.run
  const data = { promiseId, name }
  draft.append(
    'PROMISE_CREATED',
    { ...data, ...(timeoutMs !== undefined && { timeoutMs }) },
    flow === undefined ? {} : { note: { flow } },
  )
  const kept = run.keptSettlements.get(name)
  if (kept === undefined) return
  // Its payload is in the kept row: the store moves it into this event.
  const sequence = draft.append(kept.outcome === 'RESOLVED' ? 'PROMISE_RESOLVED' : 'PROMISE_REJECTED', data)
  draft.record({ type: 'settlement-taken', run: run.number, name, sequence })
}

/** The code settles a promise of its own. One that is settled already stays as it is. */
export function resolveOwnPromise(draft: Draft, promiseId: string, value: string | undefined): void {
  const open = draft.run.promises.get(promiseId)
  if (open !== undefined) appendSettled(draft, open, { outcome: 'RESOLVED', ...(value !== undefined && { payload: value }) })
}

export function timeOutPromise(draft: Draft, { id, name }: OpenPromise): void {
  draft.append('PROMISE_TIMED_OUT', { promiseId: id, name })
}

function appendSettled(draft: Draft, { id, name }: OpenPromise, { outcome, payload }: Settlement): number {
  const data = { promiseId: id, name }
  return draft.append(outcome === 'RESOLVED' ? 'PROMISE_RESOLVED' : 'PROMISE_REJECTED', data, { payload })
}

/** Promises are in the order of their creation. */
function oldestNamed(run: RunState, name: string): OpenPromise | undefined {
  for (const promise of run.promises.values()) if (promise.name === name) return promise
  return undefined
}
