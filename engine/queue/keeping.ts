/**
 * Work that is still out after a while is remembered under its session, durably, so that the loss of the session is the
 * loss of the work, whatever hibernates or restarts meanwhile.
 */
import type { KeepItem, KeepVerdict, ReleaseItem } from '../lease.ts'
import { cancelTask } from './confirmation.ts'
import type { Draft } from './draft.ts'
import type { Holding } from './holdings.ts'
import { coldUntil, loseItems } from './presence.ts'
import { dropHolding } from './push.ts'
import { holderOf, isPresent, type Session } from './session.ts'

/** While the execution has not answered for what a worker says that it holds. */
const confirmingMs = 1_000

export function keepWork(draft: Draft, items: KeepItem[]): KeepVerdict[] {
  const questions = new Map<string, string[]>()
  const verdicts = items.map((item) => keepOne(draft, item, questions))
  for (const [session, tokens] of questions) {
    draft.mark({ type: 'asked', id: session, tokens })
    draft.send(session, { type: 'check', tokens })
  }
  return verdicts
}

function keepOne(draft: Draft, item: KeepItem, questions: Map<string, string[]>): KeepVerdict {
  const { sessions } = draft.state
  const named = item.session === undefined ? undefined : sessions.get(item.session)
  const holding = currentHolding(draft, item)
  if (holding !== undefined && holding.attempt > item.attempt) return { verdict: 'gone' }
  // The execution judges who has its work: a session that it names and that is here goes before what is known here.
  if (isPresent(named)) return keepUnder(draft, named, item, holding, questions)
  if (holding !== undefined) {
    const theirs = sessions.get(holding.holder.session)
    if (isPresent(theirs)) return keepUnder(draft, theirs, item, holding, questions)
    if (holding.holder.leaseMs !== undefined) return { verdict: 'kept', holder: holding.holder }
    if (theirs?.presence.type === 'away') return cold(draft, theirs.presence.until)
  }
  if (named?.presence.type === 'away') return cold(draft, named.presence.until)
  if (isBeingConfirmed(draft, item)) return { verdict: 'cold', retryAfterMs: confirmingMs }
  return cold(draft, coldUntil(draft.state))
}

const cold = (draft: Draft, until: number): KeepVerdict =>
  until > draft.now ? { verdict: 'cold', retryAfterMs: until - draft.now } : { verdict: 'gone' }

/** What an older attempt has is void. */
function currentHolding(draft: Draft, item: KeepItem): Holding | undefined {
  const { holdings } = draft.state
  if (item.id === 'activation') return unnamedHolding(draft, item)
  const holding = holdings.find(item)
  if (holding === undefined || holding.attempt >= item.attempt) return holding
  dropHolding(draft, holding)
  return undefined
}

/** An execution that has restarted names its activation only as such: its token tells it from what others have left running. */
function unnamedHolding(draft: Draft, item: KeepItem): Holding | undefined {
  let latest: Holding | undefined
  for (const holding of draft.state.holdings.activationsOf(item)) {
    if (holding.attempt < item.attempt) dropHolding(draft, holding)
    else if (holding.attempt > item.attempt || holding.token === item.token) latest = holding
  }
  return latest
}

function keepUnder(
  draft: Draft,
  session: Session,
  item: KeepItem,
  holding: Holding | undefined,
  questions: Map<string, string[]>,
): KeepVerdict {
  const holder = holderOf(session, draft.state.address)
  const isKnown = holding?.holder.session === session.session
  // What is not named may be an activation that was answered long ago: only its worker knows.
  const vouched = isKnown && holding.vouched && item.id !== 'activation'
  if (session.presence.type === 'polling') return { verdict: 'kept', holder }
  if (!vouched) ask(questions, session.session, item.token)
  if (isKnown && holding.kept) {
    draft.mark({ type: 'item-held', holding: { ...holding, at: draft.now } })
    return { verdict: 'kept', holder }
  }
  const { executionId, run, type, attempt, token } = item
  const id = holding?.id ?? item.id
  draft.record({
    type: 'item-kept',
    holding: { executionId, run, type, id, attempt, token, holder, vouched, kept: true, at: draft.now },
  })
  return { verdict: 'kept', holder }
}

function ask(questions: Map<string, string[]>, session: string, token: string): void {
  const tokens = questions.get(session)
  if (tokens === undefined) questions.set(session, [token])
  else tokens.push(token)
}

const isBeingConfirmed = (draft: Draft, item: KeepItem): boolean =>
  draft.state.confirmations
    .forExecution(item.executionId)
    .some(({ items }) => items.some((each) => each.run === item.run && each.token === item.token))

/** The worker's answer to the oldest `check`: what it does not have is lost. */
export function answerCheck(draft: Draft, sessionId: string, tokens: string[]): void {
  const asked = new Set(draft.state.sessions.get(sessionId)?.questions[0])
  if (asked.size === 0) return
  draft.mark({ type: 'answered', id: sessionId })
  const has = new Set(tokens)
  const missing: Holding[] = []
  for (const holding of draft.state.holdings.of(sessionId)) {
    if (!asked.has(holding.token)) continue
    if (has.has(holding.token)) draft.mark({ type: 'item-held', holding: { ...holding, vouched: true } })
    else missing.push(holding)
  }
  loseItems(draft, sessionId, missing)
}

/** Work that is over or taken back, or that its holder is asked to stop. */
export function releaseWork(draft: Draft, items: ReleaseItem[]): void {
  for (const item of items) {
    const holding = draft.state.holdings.find(item)
    const isThis = holding?.attempt === item.attempt
    if (item.cancel !== undefined) {
      const named = item.session === undefined ? undefined : draft.state.sessions.get(item.session)
      const session = isThis && !isPresent(named) ? holding.holder.session : item.session
      if (session !== undefined) cancelTask(draft, session, item, item.cancel)
    }
    if (isThis && item.stays !== true) dropHolding(draft, holding)
  }
}
