/**
 * What other executions say, taken. Each message may come again, and late: it is known by its parent and child id, or by
 * its signal id, and changes nothing the second time.
 */

import type { Parent } from '../../schemas/parent.ts'
import { type Answer, accepted, refused } from '../answer.ts'
import { requestCancellation } from './cancelling.ts'
import { childEnded } from './children.ts'
import { terminate } from './closing.ts'
import type { Draft } from './draft.ts'
import type { FormerParent } from './log-event.ts'
import type { ExecutionMessage, StartChild } from './messages.ts'
import { unknownExecution } from './refusals.ts'
import { takeSignal } from './signals.ts'
import { begin, parentOf } from './start.ts'
import type { RunState } from './state.ts'

export function receive(draft: Draft, message: ExecutionMessage): Answer<null> {
  if (message.type === 'start-child') return startAsChild(draft, message)
  const { run } = draft.state
  if (run === undefined) return unknownExecution(draft.state)
  switch (message.type) {
    case 'cancel-child':
      return isChildOf(run, message.parent) ? requestCancellation(draft, 'parent', message.reason) : accepted(null)
    case 'terminate-child':
      if (isChildOf(run, message.parent) && run.closed === undefined) terminate(draft, 'parent', message.reason)
      return accepted(null)
    case 'child-ended':
      childEnded(draft, message)
      return accepted(null)
    case 'signal': {
      const taken = takeSignal(draft, message)
      return taken.ok ? accepted(null) : taken
    }
    case 'cancel': {
      const { request } = message
      if (run.cancellation?.request === request) return accepted(null)
      return requestCancellation(draft, `execution ${message.from}`, message.reason, request)
    }
  }
}

/**
 * Started by this very child, it is there already; by anybody else, it is a stranger. What a parent has left that was
 * deleted, and whose id and so whose children's ids somebody has now, is begun anew once it is closed.
 */
function startAsChild(draft: Draft, { type: _, org, parent, parentStartedAt, ...command }: StartChild): Answer<null> {
  const { run } = draft.state
  if (run === undefined) {
    draft.state.org = org
    begin(draft, { ...command, org, parent }, 1, parentStartedAt)
    return accepted(null)
  }
  const namesakes = [...run.formerParents, ...parentOf(run)].filter((known) => isSame(known, parent))
  const isKnown = ({ startedAt }: FormerParent) =>
    startedAt === undefined || parentStartedAt === undefined || startedAt === parentStartedAt
  if (namesakes.some(isKnown)) return accepted(null)
  if (namesakes.length === 0 || run.closed === undefined)
    return refused('already_exists', `execution ${command.executionId} exists`)
  begin(draft, { ...command, org, parent }, run.number + 1, parentStartedAt)
  return accepted(null)
}

const isChildOf = (run: RunState, parent: Parent): boolean => run.parent !== undefined && isSame(run.parent, parent)

const isSame = (a: Parent, b: Parent): boolean => a.executionId === b.executionId && a.run === b.run && a.childId === b.childId
