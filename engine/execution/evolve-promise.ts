/** What events and rows about promises do to the run. */
import type { SettlementKept, SettlementTaken } from './change.ts'
import type { LogEvent } from './log-event.ts'
import type { RunState } from './state.ts'

type Created = Extract<LogEvent, { type: 'PROMISE_CREATED' }>
type Settled = Extract<LogEvent, { type: 'PROMISE_RESOLVED' | 'PROMISE_REJECTED' | 'PROMISE_TIMED_OUT' }>

export function promiseCreated(run: RunState, { at, data }: Created): void {
  const { promiseId, name, timeoutMs } = data
  const dueAt = timeoutMs === undefined ? undefined : at + timeoutMs
  run.promises.set(promiseId, { id: promiseId, name, createdAt: at, ...(dueAt !== undefined && { dueAt }) })
  if (dueAt !== undefined) run.due.add(promiseId as `promise-${string}`, dueAt)
}

export function promiseSettled(run: RunState, { data }: Settled): void {
  run.promises.delete(data.promiseId)
  run.settledPromises.add(data.promiseId)
  run.settledNames.add(data.name)
}

export function settlementKept(run: RunState, { name, outcome, size }: SettlementKept): void {
  run.keptSettlements.set(name, { outcome, size })
}

/** The event that has its payload from the kept row counts as if it had come with it. */
export function settlementTaken(run: RunState, { name }: SettlementTaken): void {
  run.logBytes += run.keptSettlements.get(name)?.size ?? 0
  run.keptSettlements.delete(name)
}
