/** What an execution tells the index of itself: derived from its state, never stored there. */
import { statusOf } from '../execution/describe.ts'
import { nextDutyAt } from '../execution/due.ts'
import { oldest } from '../execution/offer-group.ts'
import type { ExecutionState, RunState } from '../execution/state.ts'
import type { Summary, Waiting } from './summary.ts'

/** Kinds of waiting work that are told; one of them is enough to look closer. */
const waitingKinds = 16
const messageCharacters = 500

/** Undefined before the execution exists. `revision` grows with each summary that is made. */
export function summarize(state: ExecutionState, revision: number, now: number): Summary | undefined {
  const { run } = state
  if (run === undefined) return undefined
  const { problem, closed, parent } = run
  const dutyAt = closed === undefined ? nextDutyAt(state, now) : undefined
  return {
    id: state.executionId,
    createdAt: state.createdAt,
    run: run.number,
    sequence: run.lastSequence,
    revision,
    kind: run.kind,
    queue: run.queue,
    status: statusOf(run),
    startedAt: run.startedAt,
    ...(closed !== undefined && { closedAt: closed.at }),
    ...(parent !== undefined && { parent }),
    attributes: run.attributes,
    ...(closed === undefined &&
      problem !== undefined && {
        problem: { type: problem.type, message: problem.message.slice(0, messageCharacters), since: problem.since },
      }),
    waiting: waitingOf(run),
    ...(dutyAt !== undefined && { dutyAt }),
  }
}

/** Work of the run that no worker has. */
export function waitingOf(run: RunState): Waiting[] {
  if (run.closed !== undefined) return []
  const waiting: Waiting[] = []
  for (const group of run.groups.values()) {
    if (group.waiting.size === 0) continue
    const { queue, type, kind } = group
    const since = oldest(group)
    const same = waiting.find((each) => each.queue === queue && each.type === type && each.kind === kind)
    if (same !== undefined) same.since = Math.min(same.since, since)
    else if (waiting.length < waitingKinds) waiting.push({ queue, type, kind, since })
  }
  return waiting
}
