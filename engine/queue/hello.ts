/**
 * What a worker says over its socket.
 *
 * 1. `hello` replaces only connections of the same worker id; what they held and it does not name is lost.
 * 2. What it names is confirmed with its execution before it counts, except that work of its own earlier session moves
 *    at once.
 */
import type { z } from 'zod'
import type { hello as helloSchema, InFlightItem, Up } from '../../schemas/socket/up.ts'
import { askConfirmation } from './confirmation.ts'
import type { Draft } from './draft.ts'
import { answerCheck } from './keeping.ts'
import { closeCode, forget } from './presence.ts'
import { type Credits, creditLimit, holderOf, type Session } from './session.ts'

type Hello = z.infer<typeof helloSchema>

export function receive(draft: Draft, session: string, message: Up): void {
  switch (message.type) {
    case 'hello':
      return hello(draft, session, message)
    case 'slots':
      return grant(draft, session, message)
    case 'holding':
      if (isGreeted(draft, session)) answerCheck(draft, session, message.tokens)
      return
    case 'drain':
      if (isGreeted(draft, session)) drain(draft, session)
      return
  }
}

/** A message that is none of the protocol's. Before `hello` it ends the connection. */
export function refuseMessage(draft: Draft, session: string, problem: string): void {
  draft.send(session, { type: 'error', code: 'invalid_request', message: problem })
  if (draft.state.sessions.has(session)) return
  draft.mark({ type: 'greeting-ended', id: session })
  draft.effect({ type: 'close', session, code: closeCode.refused, reason: problem.slice(0, 100) })
}

function isGreeted(draft: Draft, id: string): boolean {
  if (draft.state.sessions.get(id)?.presence.type === 'attached') return true
  if (draft.state.greetings.has(id)) refuseMessage(draft, id, 'the first message must be hello')
  return false
}

function hello(draft: Draft, id: string, message: Hello): void {
  const greeting = draft.state.greetings.get(id)
  if (greeting === undefined) {
    if (draft.state.sessions.has(id)) refuseMessage(draft, id, 'hello was said already: slots adds credit')
    return
  }
  const session: Session = {
    ...greeting,
    workerId: message.workerId,
    ...(message.build !== undefined && { build: message.build }),
    workflows: new Set(message.workflows),
    tasks: new Set(message.tasks),
    presence: { type: 'attached' },
    slots: capacityOf(message),
    credits: message.slots,
    reserved: { workflow: 0, task: 0 },
    draining: false,
    backlogged: false,
    questions: [],
  }
  draft.record({ type: 'session-opened', session })
  draft.send(id, { type: 'welcome', session: id, partitions: greeting.partitions })
  replaceOlder(draft, session, message.inFlight)
  const byExecution = new Map<string, InFlightItem[]>()
  for (const item of message.inFlight) {
    const items = byExecution.get(item.executionId)
    if (items === undefined) byExecution.set(item.executionId, [item])
    else items.push(item)
  }
  for (const [executionId, items] of byExecution) askConfirmation(draft, id, executionId, items)
}

/** It grants what it does not use for what it holds already. */
function capacityOf({ slots, inFlight }: Hello): Credits {
  const tasks = inFlight.filter(({ id }) => id.startsWith('task-')).length
  return { workflow: slots.workflow + inFlight.length - tasks, task: slots.task + tasks }
}

function replaceOlder(draft: Draft, session: Session, inFlight: InFlightItem[]): void {
  const tokens = new Set(inFlight.map((item) => tokenKey(item)))
  const holder = holderOf(session, draft.state.address)
  for (const older of [...draft.state.sessions.values()]) {
    if (older.workerId !== session.workerId || older.session === session.session || older.presence.type === 'polling') continue
    if (older.presence.type === 'attached') {
      const reason = 'replaced by a newer connection of this worker'
      draft.effect({ type: 'close', session: older.session, code: closeCode.replaced, reason })
    }
    for (const holding of draft.state.holdings.of(older.session)) {
      if (!tokens.has(tokenKey(holding))) continue
      const moved = { ...holding, holder, vouched: true }
      if (holding.kept) draft.record({ type: 'item-kept', holding: moved })
      else draft.mark({ type: 'item-held', holding: moved })
    }
    forget(draft, older)
  }
}

const tokenKey = (item: { executionId: string; run: number; id: string; token: string }): string =>
  `${item.executionId}\n${item.run}\n${item.id}\n${item.token}`

/** Adds to the credit; what is above the limit is not taken. */
function grant(draft: Draft, id: string, added: { workflow: number; task: number }): void {
  if (!isGreeted(draft, id)) return
  const session = draft.state.sessions.get(id)
  if (session === undefined || session.draining) return
  const { workflow, task } = session.credits
  const credits = { workflow: Math.min(creditLimit, workflow + added.workflow), task: Math.min(creditLimit, task + added.task) }
  draft.mark({ type: 'credited', id, credits })
}

/** No new work: only what claims in flight already ask for may still come. */
function drain(draft: Draft, id: string): void {
  const session = draft.state.sessions.get(id)
  if (session === undefined) return
  draft.mark({ type: 'draining', id })
  draft.mark({ type: 'credited', id, credits: session.reserved })
}
