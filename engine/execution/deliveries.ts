/**
 * What messages to other executions were answered: an event in the log of the run that caused them, if it is still open and
 * waits for it, in the turn that takes the message from the outbox (L6).
 */
import type { Answer } from '../answer.ts'
import { deliveryFailed } from '../outbox.ts'
import { ownFailure } from './attempts.ts'
import { childRefused, childStarted, openChild } from './children.ts'
import type { Draft } from './draft.ts'
import type { PostedMessage } from './messages.ts'

/** Undefined: nobody has answered, and it is sent again later. A refusal is an answer: what follows must not wait behind it. */
export function messageAnswered(draft: Draft, id: number, answer: Answer<unknown> | undefined): void {
  const entry = draft.state.outbox.get(id)
  if (entry === undefined) return
  if (answer === undefined) {
    draft.record(deliveryFailed(entry, draft.now))
    return
  }
  draft.record({ type: 'delivered', id })
  if (entry.message.type !== 'release') conclude(draft, entry.message, answer)
}

function conclude(draft: Draft, message: PostedMessage, answer: Answer<unknown>): void {
  const { run } = draft.state
  if (run === undefined || run.closed !== undefined || run.number !== message.run) return
  switch (message.type) {
    case 'start-child': {
      const child = openChild(run, message.childId)
      if (child === undefined) return
      if (answer.ok) childStarted(draft, child)
      else childRefused(draft, child, answer.refusal)
      return
    }
    case 'signal': {
      const { requestId, to: executionId, name } = message
      if (answer.ok) draft.append('EXTERNAL_SIGNAL_SENT', { requestId, executionId, name })
      else draft.append('EXTERNAL_SIGNAL_FAILED', { requestId, executionId, name }, { payload: failureOf(answer) })
      return
    }
    case 'cancel': {
      const { requestId, to: executionId } = message
      if (answer.ok) draft.append('EXTERNAL_CANCEL_SENT', { requestId, executionId })
      else draft.append('EXTERNAL_CANCEL_FAILED', { requestId, executionId }, { payload: failureOf(answer) })
      return
    }
    case 'cancel-child':
    case 'terminate-child':
    case 'child-ended':
  }
}

const failureOf = ({ refusal }: Extract<Answer<unknown>, { ok: false }>): string => ownFailure(refusal.code, refusal.message).text
