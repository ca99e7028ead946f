/** What a queue asks of executions after its turns, and how their answers come back into it. */
import { claimAnswered, claimFailed } from '../../engine/queue/claims.ts'
import { confirmAnswered } from '../../engine/queue/confirmation.ts'
import type { Draft } from '../../engine/queue/draft.ts'
import { lossDelivered } from '../../engine/queue/presence.ts'
import type { ExecutionPort } from '../ports.ts'
import type { Errand } from './turns.ts'

/** Settles when the answer, or the failure, is in the state. Never rejects. */
export async function runErrand(
  errand: Errand,
  execution: (executionId: string) => ExecutionPort,
  post: (decide: (draft: Draft) => void) => Promise<void>,
): Promise<void> {
  try {
    await post(await ask(errand, execution(errand.executionId)))
  } catch {
    // The state knows of the errand: what could not even be noted is repeated by the alarm.
    await post((draft) => noteFailure(draft, errand)).catch(() => undefined)
  }
}

async function ask(errand: Errand, execution: ExecutionPort): Promise<(draft: Draft) => void> {
  const { id } = errand
  switch (errand.type) {
    case 'claim': {
      const claimed = await execution.claim(errand.claim)
      return (draft) => claimAnswered(draft, id, claimed)
    }
    case 'lost':
      await execution.lost(errand.run, errand.items, errand.session)
      return (draft) => lossDelivered(draft, id)
    case 'confirm': {
      const answers = await execution.confirm(errand.items, errand.holder)
      return (draft) => confirmAnswered(draft, id, answers)
    }
  }
}

function noteFailure(draft: Draft, { type, id }: Errand): void {
  switch (type) {
    case 'claim':
      return claimFailed(draft, id)
    case 'lost':
      return draft.mark({ type: 'loss-failed', id, at: draft.now })
    case 'confirm':
      return draft.mark({ type: 'confirm-failed', id, at: draft.now })
  }
}
