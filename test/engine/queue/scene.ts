/** A queue's rules over a disk and sockets in memory: given what happened, when a message comes, then what is done. */
import type { Claimed, KeepItem, KeepVerdict, Offer, OfferReply, ReleaseItem, WorkBody } from '../../../engine/lease.ts'
import { offerKey, type WaitingOffer } from '../../../engine/queue/backlog.ts'
import type { DurableChange } from '../../../engine/queue/change.ts'
import { claimAnswered, claimFailed } from '../../../engine/queue/claims.ts'
import { confirmAnswered } from '../../../engine/queue/confirmation.ts'
import { Draft } from '../../../engine/queue/draft.ts'
import { finish, nextDuty, perform } from '../../../engine/queue/duty.ts'
import type { Effect, Message } from '../../../engine/queue/effect.ts'
import { receive } from '../../../engine/queue/hello.ts'
import type { Holding } from '../../../engine/queue/holdings.ts'
import { keepWork, releaseWork } from '../../../engine/queue/keeping.ts'
import { offerWork } from '../../../engine/queue/offers.ts'
import { leave, lossDelivered } from '../../../engine/queue/presence.ts'
import { type Attachment, attachmentOf, rebuild, type StoredSession } from '../../../engine/queue/rebuild.ts'
import { blankState, type QueueState } from '../../../engine/queue/state.ts'
import type { InFlightItem } from '../../../schemas/socket/up.ts'

export type Of<Type extends Effect['type']> = Extract<Effect, { type: Type }>

const address = { queue: 'default', partition: 0 }

export interface HelloOptions {
  worker?: string
  build?: string
  workflows?: string[]
  tasks?: string[]
  slots?: { workflow: number; task: number }
  inFlight?: InFlightItem[]
  keyExpiresAt?: number
}

export class Scene {
  now = 1_000_000
  state: QueueState = blankState(address, this.now)
  /** What the last turn did. */
  effects: Effect[] = []
  changes: DurableChange[] = []
  alarmAt: number | undefined
  readonly pings = new Map<string, number>()
  readonly sockets = new Map<string, Attachment>()
  readonly #sessions = new Map<string, StoredSession>()
  readonly #offers = new Map<string, WaitingOffer>()
  readonly #keeps = new Map<string, Holding>()
  #revision = 0
  #sessionCount = 0

  turn<Value>(decide: (draft: Draft) => Value): Value {
    const draft = new Draft(this.state, this.now, (session) => this.pings.get(session))
    const value = decide(draft)
    finish(draft)
    for (const change of draft.changes) this.#write(change)
    for (const id of draft.touched) {
      const session = this.state.sessions.get(id)
      if (session !== undefined && this.sockets.has(id)) this.sockets.set(id, attachmentOf(session))
    }
    for (const effect of draft.effects) if (effect.type === 'close') this.sockets.delete(effect.session)
    this.effects = draft.effects
    this.changes = draft.changes
    this.alarmAt = nextDuty(this.state)
    return value
  }

  connect(options: HelloOptions = {}): string {
    this.#sessionCount += 1
    const session = `session-${this.#sessionCount}`
    const { keyExpiresAt } = options
    const greeting = { session, keyId: 'key-1', ...(keyExpiresAt && { keyExpiresAt }), partitions: 1, connectedAt: this.now }
    this.sockets.set(session, greeting)
    this.turn((draft) => draft.mark({ type: 'greeted', greeting }))
    this.hello(session, options)
    return session
  }

  hello(session: string, { worker, build, workflows = [], tasks = [], slots, inFlight = [] }: HelloOptions): void {
    const workerId = worker ?? `worker-of-${session}`
    this.turn((draft) =>
      receive(draft, session, {
        type: 'hello',
        workerId,
        ...(build !== undefined && { build }),
        sdk: 'test',
        workflows,
        tasks,
        slots: slots ?? { workflow: 0, task: 0 },
        inFlight,
      }),
    )
  }

  grant(session: string, task: number, workflow = 0): void {
    this.turn((draft) => receive(draft, session, { type: 'slots', workflow, task }))
  }

  offer(part: Partial<Offer> & { executionId: string }): OfferReply {
    this.#revision += 1
    const offer: Offer = {
      run: 1,
      type: 'task',
      kind: 'resize',
      priority: 0,
      count: part.items?.length ?? 1,
      since: this.now,
      revision: this.#revision,
      items: [],
      ...part,
    }
    return this.turn((draft) => offerWork(draft, offer))
  }

  /** The claims of the last turn. */
  get claims(): Of<'claim'>[] {
    return this.effects.filter((effect) => effect.type === 'claim')
  }

  answer(claim: Of<'claim'>, items: WorkBody[], remaining = 0): void {
    this.#revision += 1
    const claimed: Claimed = { items, remaining, revision: this.#revision }
    this.turn((draft) => claimAnswered(draft, claim.id, claimed))
  }

  failClaim(claim: Of<'claim'>): void {
    this.turn((draft) => claimFailed(draft, claim.id))
  }

  keep(...items: KeepItem[]): KeepVerdict[] {
    return this.turn((draft) => keepWork(draft, items))
  }

  release(...items: ReleaseItem[]): void {
    this.turn((draft) => releaseWork(draft, items))
  }

  holding(session: string, ...tokens: string[]): void {
    this.turn((draft) => receive(draft, session, { type: 'holding', tokens }))
  }

  confirm(effect: Of<'confirm'>, ...answers: boolean[]): void {
    this.turn((draft) => confirmAnswered(draft, effect.id, answers))
  }

  deliver(effect: Of<'lost'>): void {
    this.turn((draft) => lossDelivered(draft, effect.id))
  }

  close(session: string): void {
    this.sockets.delete(session)
    this.turn((draft) => leave(draft, session))
  }

  /** Time passes, and what is due is done. */
  pass(ms: number): void {
    this.now += ms
    this.turn(perform)
  }

  ping(...sessions: string[]): void {
    for (const session of sessions) this.pings.set(session, this.now)
  }

  /** The object ends and starts again: with its sockets (hibernation), or without (a deploy). */
  restart(sockets: 'attached' | 'closed'): void {
    if (sockets === 'closed') this.sockets.clear()
    const remains = {
      sessions: [...this.#sessions.values()],
      offers: [...this.#offers.values()],
      keeps: [...this.#keeps.values()],
    }
    this.state = rebuild(address, { ...remains, attached: [...this.sockets.values()] }, this.now)
    this.turn(perform)
  }

  get(type: 'lost'): Of<'lost'>[]
  get(type: 'confirm'): Of<'confirm'>[]
  get(type: 'close'): Of<'close'>[]
  get(type: Effect['type']): Effect[] {
    return this.effects.filter((effect) => effect.type === type)
  }

  sent(session: string): Message[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' && effect.session === session ? [effect.message] : []))
  }

  /** Bodies of the work that the last turn pushed. */
  pushed(session?: string): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'work' && (session === undefined || effect.session === session)
        ? [effect.message.body]
        : [],
    )
  }

  get rows(): { sessions: number; offers: WaitingOffer[]; keeps: Holding[] } {
    return { sessions: this.#sessions.size, offers: [...this.#offers.values()], keeps: [...this.#keeps.values()] }
  }

  #write(change: DurableChange): void {
    switch (change.type) {
      case 'offer-waits':
        this.#offers.set(offerKey(change.offer), change.offer)
        return
      case 'offer-gone':
        this.#offers.delete(change.key)
        return
      case 'session-opened': {
        const { session, workerId, build, workflows, tasks } = change.session
        const known = { session, workerId, ...(build !== undefined && { build }) }
        this.#sessions.set(session, { ...known, workflows: [...workflows], tasks: [...tasks] })
        return
      }
      case 'session-forgotten':
        this.#sessions.delete(change.id)
        return
      case 'item-kept':
        this.#keeps.set(keepKey(change.holding), change.holding)
        return
      case 'item-dropped':
        this.#dropKeep(change.holding)
        return
      case 'loss-delivered':
        for (const item of change.items) this.#dropKeep(item)
        return
    }
  }

  #dropKeep(holding: Holding): void {
    const row = this.#keeps.get(keepKey(holding))
    if (row?.holder.session === holding.holder.session) this.#keeps.delete(keepKey(holding))
  }
}

const keepKey = ({ executionId, run, id, attempt }: Holding): string => `${executionId} ${run} ${id} ${attempt}`

export const task = (id: string, attempt = 1): WorkBody => ({
  id,
  attempt,
  token: `${attempt}.${id}`,
  body: `{"taskId":"${id}"}`,
})

export const tasks = (count: number): WorkBody[] => Array.from({ length: count }, (_, index) => task(`task-${index + 1}`))

export const kept = (executionId: string, id: string, session?: string, attempt = 1): KeepItem => ({
  executionId,
  run: 1,
  type: 'task',
  id,
  attempt,
  token: `${attempt}.${id}`,
  ...(session !== undefined && { session }),
})

export const held = (executionId: string, id: string, attempt = 1): InFlightItem => ({
  executionId,
  run: 1,
  id,
  token: `${attempt}.${id}`,
})
