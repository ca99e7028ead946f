/**
 * What a worker answers to an activation.
 *
 * 1. It is taken once, from whoever holds the open attempt (L5); nothing of it is taken if anything in it is wrong.
 * 2. Its block is the commands' events and then the closing event, in one transaction.
 * 3. The run wants a worker again if something woke it that the worker had not seen (L4): `evolve` derives that from
 *    the snapshot that the answer names.
 * 4. A run is not closed over signals that its code has not seen: the answer is refused, at most three times in a row.
 */
import type { Awaiting } from '../../schemas/awaiting.ts'
import { closingCommandTypes } from '../../schemas/commands.ts'
import type { Refusal } from '../../schemas/errors.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import type { Holder } from '../lease.ts'
import { closeRun } from './closing.ts'
import { applyCommand, checkCommands } from './command-list.ts'
import type { ActivationAnswer, WorkflowCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import { couldBeOut, handOutSequence } from './leases.ts'
import type { EventNote } from './log-event.ts'
import { closedRefusal, staleRefusal } from './refusals.ts'
import { hasUnreadSignal } from './signals.ts'
import type { RunState } from './state.ts'
import { supersedeActivation } from './taking-back.ts'
import { isDeclared } from './waited-for.ts'

export interface Taken {
  duplicate?: boolean
}

export interface Answered extends ActivationAnswer {
  id: string
  attempt: number
}

/** A worker's idea of the service's time may be ahead by so much; more would move the time of the run for good. */
const clockSkewMs = 60_000

/** So often in a row is an answer that would close the run refused for signals that it had not seen. */
const mostSuperseded = 3

const closes = (commands: WorkflowCommand[]): boolean => closingCommandTypes.has(commands.at(-1)?.type ?? '')

export function answerActivation(draft: Draft, answer: Answered, holder: Holder | undefined): Answer<Taken> {
  const run = draft.run
  if (run.answered?.id === answer.id && run.answered.attempt === answer.attempt) return accepted({ duplicate: true })
  const stale = staleness(run, answer)
  if (stale !== undefined) return stale
  const { snapshotSequence } = answer
  if (snapshotSequence < handOutSequence(answer.id) || snapshotSequence > run.lastSequence) {
    return refused(
      'invalid_request',
      `snapshotSequence ${snapshotSequence} is not between the hand-out and the end of the log, ${run.lastSequence}`,
    )
  }
  const { activationAt = run.activation?.issued?.activationAt ?? run.lastAt } = answer
  const latest = Math.max(draft.now, run.lastAt, run.lastActivationAt, run.activation?.issued?.activationAt ?? 0)
  if (activationAt > latest + clockSkewMs) {
    return refused('invalid_request', `activationAt ${activationAt} is later than the time of the service, ${latest}`)
  }
  const wrong = checkCommands(run, answer.commands)
  if (wrong !== undefined) return wrong
  if (closes(answer.commands) && hasUnreadSignal(run, snapshotSequence) && run.superseded < mostSuperseded) {
    supersedeActivation(draft, run)
    return refused('superseded', `a signal came after ${snapshotSequence}, the end of what this answer had seen`)
  }

  const lease = run.activation?.lease
  if (lease !== undefined) draft.endHold(answer.id, answer.attempt, lease)
  const seen = {
    snapshotSequence,
    activationAt: Math.max(run.lastActivationAt, activationAt),
    commandsFrom: run.lastSequence + 1,
  }
  const mark = { id: answer.id, attempt: answer.attempt }
  if (isIdle(run, answer)) {
    draft.mark({ type: 'idled', ...mark, snapshotSequence, activationAt: seen.activationAt })
    draft.mark({ type: 'awaits', names: answer.awaiting, at: draft.now })
  } else {
    // What goes on is out under this activation from now on.
    const { operations } = run
    if (operations !== undefined && operations.id !== answer.id) draft.endHold(operations.id, answer.attempt, operations.lease)
    const blockEnd = run.lastBlockEnd
    writeBlock(draft, answer, seen, { answered: mark })
    if (run.closed === undefined)
      draft.mark({ type: 'operations-out', id: answer.id, blockEnd, names: answer.operationsOut, holder, at: draft.now })
  }
  keepRun(draft, holder?.session, snapshotSequence)
  return accepted({})
}

/** Commands that a worker already knew to follow from what it reports, when nothing else has happened since. */
export function takeSpeculation(
  draft: Draft,
  speculation: { basedOn: number; reports: number; activationAt: number; commands: WorkflowCommand[]; awaiting: Awaiting[] },
  session: string | undefined,
): boolean {
  const run = draft.run
  const { basedOn, reports, activationAt, commands, awaiting } = speculation
  const isNext = run.lastSequence === basedOn + reports && run.snapshotSequence <= basedOn
  const isTimely = activationAt >= run.lastActivationAt && activationAt <= draft.now
  const isFree = run.activation === undefined || run.activation.lease.phase === 'ready'
  const isHeld = run.closed !== undefined || run.paused !== undefined || run.operations !== undefined || run.flow !== undefined
  if (isHeld || !isNext || !isTimely || !isFree) return false
  if (checkCommands(run, commands) !== undefined) return false
  const snapshotSequence = run.lastSequence
  const mark = { id: `activation-${snapshotSequence}`, attempt: run.activationsLost + 1 }
  if (commands.length === 0) {
    draft.mark({ type: 'idled', ...mark, snapshotSequence, activationAt })
    draft.mark({ type: 'awaits', names: awaiting, at: draft.now })
  } else {
    const seen = { snapshotSequence, activationAt, commandsFrom: run.lastSequence + 1 }
    writeBlock(draft, { commands, awaiting, operationsOut: [] }, seen, { answered: mark })
  }
  keepRun(draft, session, snapshotSequence)
  return true
}

/** Why what is said of an activation cannot count: it is not the one that is open, or the run is closed. */
export function staleness(run: RunState, answer: { id: string; attempt: number }): { ok: false; refusal: Refusal } | undefined {
  const isOpenAttempt = answer.attempt === run.activationsLost + 1
  if (run.closed !== undefined) {
    return isOpenAttempt ? closedRefusal(run) : staleRefusal(answer.id)
  }
  if (!isOpenAttempt || run.activation === undefined) return staleRefusal(answer.id)
  const { lease, issued } = run.activation
  const isIssued = issued === undefined || lease.phase === 'unknown' ? couldBeOut(run, answer.id) : issued.id === answer.id
  return isIssued ? undefined : staleRefusal(answer.id)
}

/**
 * Nothing to write: no command, no side effect that goes on under this activation from now on, and the code read nothing
 * that depends on where the batch of events ended.
 */
const isIdle = ({ operations }: RunState, answer: Answered): boolean =>
  answer.commands.length === 0 && !answer.observed && answer.operationsOut.length === 0 && operations === undefined

interface Seen {
  snapshotSequence: number
  activationAt: number
  commandsFrom: number
}

function writeBlock(
  draft: Draft,
  block: Pick<ActivationAnswer, 'commands' | 'awaiting' | 'operationsOut'>,
  seen: Seen,
  note: EventNote,
): void {
  for (const command of block.commands) {
    switch (command.type) {
      case 'COMPLETE_WORKFLOW':
        closeRun(draft, 'WORKFLOW_COMPLETED', seen, { payload: command.output, note })
        return
      case 'FAIL_WORKFLOW':
        closeRun(draft, 'WORKFLOW_FAILED', seen, { payload: command.failure, note })
        return
      case 'CANCEL_WORKFLOW': {
        const { reason } = command
        closeRun(draft, 'WORKFLOW_CANCELLED', { ...seen, ...(reason !== undefined && { reason }) }, { note })
        return
      }
      case 'SCHEDULE_TASK':
      case 'CANCEL_TASK':
      case 'START_TIMER':
      case 'CANCEL_TIMER':
      case 'CREATE_PROMISE':
      case 'RESOLVE_PROMISE':
      case 'SET_STATE':
      case 'CLEAR_STATE':
      case 'SET_ATTRIBUTES':
      case 'START_CHILD_WORKFLOW':
      case 'CANCEL_CHILD_WORKFLOW':
      case 'SIGNAL_WORKFLOW':
      case 'CANCEL_WORKFLOW_EXECUTION':
        applyCommand(draft, command)
    }
  }
  const operations = block.operationsOut.map(({ operationId, name }) => ({ type: 'operation' as const, id: operationId, name }))
  const open = draft.run
  const awaiting: Awaiting[] = [
    ...first(open.tasks.values(), awaitingShown).map((task) => ({ type: 'task' as const, id: task.id, kind: task.kind })),
    ...first(open.timers.keys(), awaitingShown).map((id) => ({ type: 'timer' as const, id })),
    ...first(open.promises.values(), awaitingShown).map(({ id, name }) => ({ type: 'promise' as const, id, name })),
    ...first(open.children.values(), awaitingShown).map(({ id, kind }) => ({ type: 'child' as const, id, kind })),
    ...operations,
    ...block.awaiting.filter(isDeclared),
  ]
  draft.append('WORKFLOW_SUSPENDED', { ...seen, awaiting }, { note })
}

function first<Item>(items: Iterable<Item>, most: number): Item[] {
  const taken: Item[] = []
  for (const item of items) if (taken.push(item) === most) break
  return taken
}

/** The log names at most so many open tasks, timers, promises and children in one event; `describe` shows all. */
const awaitingShown = 20

/** The session knows the log to its end, unless a waking event came that it has not seen. */
function keepRun(draft: Draft, session: string | undefined, snapshotSequence: number): void {
  const run = draft.run
  draft.mark({ type: 'kept', session, from: run.lastWaking <= snapshotSequence ? run.lastSequence : snapshotSequence })
}
