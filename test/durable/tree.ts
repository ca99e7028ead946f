/** A worker whose code is a function of the log: trees of workflows, played over real objects. */
import { env } from 'cloudflare:workers'
import type { Env } from '../../durable/env.ts'
import { executionName } from '../../durable/stubs.ts'
import type { HistoryEvent } from '../../schemas/events.ts'
import { type Activation, done, type Organisation, type Peer, type TaskWork } from './peer.ts'

const bindings: Env = env
export const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))

export type Code = (events: HistoryEvent[], activation: Activation) => object[]

/** What may be said twice or too late when objects die. */
const late = new Set(['stale_attempt', 'already_closed', 'superseded'])

const unlessLate = (error: { code?: string }): void => {
  if (!late.has(error.code ?? '')) throw error
}

/** Answers what comes until `isOver`. `between` runs before and after each answer; `isHeld` leaves work unanswered. */
export async function play(
  peer: Peer,
  code: Code,
  isOver: () => Promise<boolean>,
  between: (executionId: string) => Promise<unknown> = async () => undefined,
  isHeld: (executionId: string) => boolean = () => false,
): Promise<void> {
  const answered = new Set<string>()
  while (!(await isOver())) {
    const message = await peer.nextOf(['activation', 'task'])
    const key = `${message.executionId} ${message.token} ${message.type === 'task' ? message.taskId : message.activationId}`
    if (isHeld(message.executionId)) continue
    await between(message.executionId)
    if (message.type === 'task') await work(peer, message)
    else if (!answered.has(key)) {
      peer.say({ type: 'slots', workflow: 1, task: 0 })
      const events = message.events.filter(({ sequence }) => sequence <= message.snapshotSequence)
      await peer.answer(message, code(events, message)).catch(unlessLate)
    }
    answered.add(key)
    await between(message.executionId)
  }
}

async function work(peer: Peer, task: TaskWork): Promise<void> {
  peer.say({ type: 'slots', workflow: 0, task: 1 })
  await peer.report([done(task)])
}

export const isClosed = (organisation: Organisation, id: string) => async (): Promise<boolean> =>
  (await organisation.describe(id).catch(() => ({}))).closedAt !== undefined

export const of = <Type extends HistoryEvent['type']>(
  events: HistoryEvent[],
  type: Type,
): Extract<HistoryEvent, { type: Type }>[] =>
  events.filter((event): event is Extract<HistoryEvent, { type: Type }> => event.type === type)

export const child = (n: number, more: object = {}) => ({
  type: 'START_CHILD_WORKFLOW',
  childId: `child-${n}`,
  kind: 'flow',
  ...more,
})
