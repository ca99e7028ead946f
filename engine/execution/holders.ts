/** Who has the work: what queues and workers say, and what the execution makes of it (L9: it alone judges). */
import type { ConfirmItem, Holder, KeepItem, KeepVerdict, LostItem } from '../lease.ts'
import { tellCancelled, unclaimed } from './attempts.ts'
import { keepAfterMs } from './deadlines.ts'
import type { Draft } from './draft.ts'
import { couldBeOut, findLease } from './leases.ts'
import type { Lease, RunState } from './state.ts'
import { lose, loseActivation } from './taking-back.ts'

/** What the queue is asked about; the shell adds the token. */
export type Question = Omit<KeepItem, 'token' | 'executionId'> & { queue: string; partition?: number; blockEnd?: number }

/** `attempt` and, of an activation, `blockEnd`: what its token says. */
export type CheckedConfirm = Omit<ConfirmItem, 'token'> & { attempt: number; blockEnd?: number }

/** An activation of which a restart has forgotten under what id it is out. */
const unnamed = 'activation'

const minute = 60_000
/** A queue that keeps the work is asked again after these. */
const keptAgainMs = [minute, 2 * minute, 4 * minute, 8 * minute, 10 * minute]
/** A queue is cold at most so long as it says, and less if its workers come back: ask now and then. */
const coldAgainMs = 1_000
/** No answer: ask again soon. */
const unansweredMs = 2_000

/** The question to put about work whose time to ask has come; who has it is written down first. */
export function askAbout(draft: Draft, id: string): Question | undefined {
  const run = draft.run
  const lease = findLease(run, id)
  if (lease === undefined) return undefined
  const work = identify(run, id)
  draft.mark({ type: 'asked', id, askAt: draft.now + unansweredMs })
  const { holder } = lease
  if (holder === undefined) return { run: run.number, ...work }
  if (!lease.held && work.id !== unnamed) {
    draft.record({
      type: 'held',
      run: run.number,
      id: work.id,
      attempt: work.attempt,
      holder,
      startedAt: lease.startedAt ?? draft.now,
      renewedAt: lease.renewedAt ?? lease.startedAt ?? draft.now,
    })
  }
  if (holder.leaseMs !== undefined) {
    draft.mark({ type: 'asked', id, askAt: draft.now + 10 * minute })
    return undefined
  }
  return { run: run.number, ...work, queue: holder.queue, partition: holder.partition, session: holder.session }
}

function identify(run: RunState, id: string): Pick<Question, 'id' | 'attempt' | 'type' | 'queue' | 'blockEnd'> {
  const task = run.tasks.get(id)
  if (task !== undefined) return { id, attempt: task.attempt, type: 'task', queue: task.queue }
  const work = { attempt: run.activationsLost + 1, type: 'activation' as const, queue: run.queue }
  const { operations, activation } = run
  if (id === 'operations' && operations !== undefined) return { ...work, id: operations.id, blockEnd: operations.blockEnd }
  return { ...work, id: activation?.issued?.id ?? unnamed, blockEnd: run.lastBlockEnd }
}

/** What the queue answered. Answers about work that is closed or under another attempt are ignored. */
export function heard(draft: Draft, question: Question, answer: KeepVerdict | undefined): void {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined || run.number !== question.run) return
  const lease = findLease(run, question.id, question.attempt)
  if (lease === undefined || (lease.phase !== 'out' && lease.phase !== 'unknown')) return
  if (answer === undefined || lease.handedOver === true) return
  switch (answer.verdict) {
    case 'kept':
      if (lease.phase === 'unknown') takeOver(draft, run, question.id, question.attempt, lease, answer.holder)
      else if (lease.holder?.session !== answer.holder.session)
        draft.mark({ type: 'handed-out', id: question.id, at: draft.now, holder: answer.holder })
      draft.mark({ type: 'asked', id: question.id, askAt: draft.now + askAgainMs(question, lease), confirmed: true })
      return
    case 'cold':
      draft.mark({ type: 'asked', id: question.id, askAt: draft.now + Math.min(coldAgainMs, Math.max(100, answer.retryAfterMs)) })
      return
    case 'gone':
      if (lease.phase === 'out') lose(draft, run, question.id)
      else release(draft, run, question.id)
  }
}

/** A worker may vouch for what it has just answered, where the question does not name it. */
const askAgainMs = ({ id }: Question, { asks }: Lease): number =>
  id === unnamed ? keepAfterMs : (keptAgainMs[Math.min(asks, keptAgainMs.length - 1)] ?? minute)

/** A worker came back and says what it still has; true where that is so. */
export function confirm(draft: Draft, items: CheckedConfirm[], holder: Holder): boolean[] {
  const { run } = draft.state
  return items.map((item) => {
    if (run === undefined || run.closed !== undefined || run.number !== item.run) return false
    if (!item.id.startsWith('task-') && item.blockEnd === run.lastBlockEnd && run.activation?.issued === undefined)
      return confirmUnknown(draft, run, item, holder)
    const lease = findLease(run, item.id, item.attempt)
    if (lease === undefined || lease.handedOver === true) return false
    takeOver(draft, run, item.id, item.attempt, lease, holder)
    return true
  })
}

/** After a restart the service no longer knows what it issued: the id says what the worker had seen. */
function confirmUnknown(draft: Draft, run: RunState, item: CheckedConfirm, holder: Holder): boolean {
  if (run.activation === undefined || item.attempt !== run.activationsLost + 1 || !couldBeOut(run, item.id)) return false
  const snapshotSequence = Number(item.id.slice('activation-'.length))
  const issued = {
    id: item.id,
    attempt: item.attempt,
    snapshotSequence,
    activationAt: Math.max(run.lastAt, run.lastActivationAt),
  }
  draft.mark({ type: 'handed-out', id: 'activation', at: draft.now, holder, issued })
  const { now } = draft
  draft.record({ type: 'held', run: run.number, id: item.id, attempt: item.attempt, holder, startedAt: now, renewedAt: now })
  return true
}

/** The session is gone, and its work with it. */
export function lost(draft: Draft, runNumber: number, items: LostItem[], session: string): void {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined || run.number !== runNumber) return
  for (const item of items) {
    const lease = findLease(run, item.id, item.attempt)
    if (lease === undefined || lease.handedOver === true || lease.phase === 'ready') continue
    if (lease.holder !== undefined && lease.holder.session !== session) continue
    // No worker began it, so it costs no attempt.
    if (item.unsent && !lease.held && lease.phase === 'out') release(draft, run, item.id)
    else lose(draft, run, item.id)
  }
}

/** The queue has it durably under this holder; so has the execution from now on. */
function takeOver(draft: Draft, run: RunState, id: string, attempt: number, lease: Lease, holder: Holder): void {
  const { now } = draft
  draft.mark({ type: 'handed-out', id, at: now, holder })
  const { startedAt = now } = lease
  if (id !== unnamed) draft.record({ type: 'held', run: run.number, id, attempt, holder, startedAt, renewedAt: now })
  tellCancelled(draft, run, id)
}

/** Nobody has it: it looks for a worker again, under the same attempt. */
function release(draft: Draft, run: RunState, id: string): void {
  const isOperations = run.operations !== undefined && run.operations.id === id
  if (isOperations) loseActivation(draft, run)
  else unclaimed(draft, run, id, draft.now)
}
