/** A poll is a session without a socket that ends with its answer. What it was given is leased; the queue forgets it. */
import type { Draft } from './draft.ts'
import type { Session } from './session.ts'
import type { QueueState } from './state.ts'

export interface PollOpening {
  session: string
  workerId: string
  build?: string
  workflows: string[]
  tasks: string[]
  accept: { workflow: number; task: number }
  keyId: string
  keyExpiresAt?: number
}

export function openPoll(draft: Draft, poll: PollOpening): void {
  const session: Session = {
    session: poll.session,
    workerId: poll.workerId,
    ...(poll.build !== undefined && { build: poll.build }),
    workflows: new Set(poll.workflows),
    tasks: new Set(poll.tasks),
    presence: { type: 'polling' },
    slots: poll.accept,
    credits: poll.accept,
    reserved: { workflow: 0, task: 0 },
    draining: false,
    backlogged: false,
    questions: [],
    keyId: poll.keyId,
    ...(poll.keyExpiresAt !== undefined && { keyExpiresAt: poll.keyExpiresAt }),
    partitions: 1,
    connectedAt: draft.now,
  }
  draft.mark({ type: 'polling', session })
}

/** Whether a claim for it is in flight: its answer waits for that. */
export function isPollBusy(state: QueueState, session: string): boolean {
  const reserved = state.sessions.get(session)?.reserved
  return reserved !== undefined && (reserved.workflow > 0 || reserved.task > 0)
}

export const closePoll = (draft: Draft, session: string): void => draft.mark({ type: 'poll-ended', id: session })
