/** A simulated queue: what `durable/task-queue.ts` does, over rows and sockets in memory. */
import { readMessage } from '../../durable/task-queue/incoming.ts'
import { Polls } from '../../durable/task-queue/polls.ts'
import { alarmAfterFailure, alarmFor } from '../../engine/alarm.ts'
import { type Answer, accepted } from '../../engine/answer.ts'
import type { KeepItem, KeepVerdict, Offer, OfferReply, QueueAddress, ReleaseItem } from '../../engine/lease.ts'
import { claimAnswered, claimFailed } from '../../engine/queue/claims.ts'
import { confirmAnswered } from '../../engine/queue/confirmation.ts'
import { Draft } from '../../engine/queue/draft.ts'
import { finish, nextDuty, perform } from '../../engine/queue/duty.ts'
import { type Effect, encodeMessage } from '../../engine/queue/effect.ts'
import { receive, refuseMessage } from '../../engine/queue/hello.ts'
import { keepWork, releaseWork } from '../../engine/queue/keeping.ts'
import { offerWork } from '../../engine/queue/offers.ts'
import { closePoll, isPollBusy, openPoll, type PollOpening } from '../../engine/queue/poll.ts'
import { leave, lossDelivered } from '../../engine/queue/presence.ts'
import { attachmentOf, rebuild } from '../../engine/queue/rebuild.ts'
import type { QueueState } from '../../engine/queue/state.ts'
import { call } from './network.ts'
import { ObjectHome } from './object-home.ts'
import { ObjectLife } from './object-life.ts'
import { QueueDisk } from './queue-disk.ts'
import type { Wire } from './wire.ts'
import type { World } from './world.ts'

export class QueueHome extends ObjectHome<QueueLife> {
  readonly address: QueueAddress
  readonly disk = new QueueDisk()
  /** Sockets that this side takes to be open; they outlive the object when it is only evicted. */
  readonly wires = new Map<string, Wire>()

  constructor(world: World, partition: number) {
    super(world, `queue-${partition}`, 'queue')
    this.address = { queue: 'default', partition }
  }

  protected begin(): QueueLife {
    return new QueueLife(this.world, this)
  }

  /** The whole process ends, and its sockets with it. */
  override crash(): void {
    this.die()
    for (const wire of this.wires.values()) wire.endWithServer()
    this.wires.clear()
  }
}

type Errand = Extract<Effect, { type: 'claim' | 'lost' | 'confirm' }>

export class QueueLife extends ObjectLife<Draft> {
  state: QueueState
  protected readonly triesAlone = true
  readonly #own: QueueHome
  readonly #polls = new Polls()
  readonly #heardAt = new Map<string, number>()
  #alarmAt: number | undefined

  constructor(world: World, home: QueueHome) {
    super(world, home)
    this.#own = home
    this.state = this.#load()
    this.#alarmAt = this.alarmOnDisk
    this.tick().catch(() => undefined)
  }

  #load(): QueueState {
    const attached = [...this.#own.wires.values()].map(({ attachment }) => attachment)
    return rebuild(this.#own.address, { ...this.#own.disk.remains(), attached }, this.now)
  }

  protected reload(): void {
    this.state = this.#load()
    this.#setAlarm(alarmAfterFailure(this.#alarmAt, this.now))
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at
    this.setAlarmOnDisk(at)
  }

  /** A socket opens; settles when the worker may be told. */
  greet(wire: Wire): Promise<void> {
    const { session } = wire
    const greeting = { session, keyId: 'key', partitions: this.world.partitions, connectedAt: this.now }
    wire.attachment = greeting
    this.#own.wires.set(session, wire)
    return this.post(
      (draft) => draft.mark({ type: 'greeted', greeting }),
      () => undefined,
    )
  }

  message(session: string, text: string): void {
    this.#heardAt.set(session, this.now)
    const read = readMessage(text)
    this.post(
      (draft) => {
        if (!read.ok) return refuseMessage(draft, session, read.problem)
        this.world.laws.granted(session, read.message)
        receive(draft, session, read.message)
      },
      () => undefined,
    ).catch(() => this.#own.wires.get(session)?.closeByServer())
  }

  closed(session: string): void {
    this.#own.wires.delete(session)
    this.post(
      (draft) => leave(draft, session),
      () => undefined,
    ).catch(() => undefined)
  }

  async poll(waitMs: number, opening: Omit<PollOpening, 'session'>): Promise<Answer<string>> {
    const session = `poll.${this.world.uuid()}`
    const ready = this.#polls.open(session)
    const stop = this.world.agenda.after(waitMs, () => {
      this.#polls.expire(session)
      this.#post(() => undefined).catch(() => undefined)
    })
    let answer: string
    try {
      this.world.laws.polled({ ...opening, session })
      await this.#post((draft) => openPoll(draft, { ...opening, session }))
      await ready
      await this.#post((draft) => closePoll(draft, session))
    } finally {
      stop()
      answer = this.#polls.close(session)
    }
    return accepted(answer)
  }

  #post(rule: (draft: Draft) => void): Promise<void> {
    return this.post(rule, () => undefined)
  }

  offer(offer: Offer): Promise<OfferReply> {
    return this.post(
      (draft) => offerWork(draft, offer),
      (reply) => reply,
    )
  }

  keep(items: KeepItem[]): Promise<KeepVerdict[]> {
    return this.post(
      (draft) => keepWork(draft, items),
      (verdicts) => verdicts,
    )
  }

  release(items: ReleaseItem[]): Promise<void> {
    return this.post(
      (draft) => releaseWork(draft, items),
      () => undefined,
    )
  }

  protected alarmFired(): void {
    this.#alarmAt = undefined
  }

  protected tick(): Promise<void> {
    return this.post(perform, () => undefined)
  }

  protected turn(decide: (draft: Draft) => void): { isWritten: boolean; after: () => void } {
    const draft = new Draft(this.state, this.now, (session) => this.#heardOf(session))
    decide(draft)
    finish(draft)
    const alarmAt = alarmFor(this.#alarmAt, nextDuty(this.state), this.now)
    for (const change of draft.changes) this.#own.disk.write(change)
    if (alarmAt !== undefined) this.#setAlarm(alarmAt)
    for (const id of draft.touched) {
      const session = this.state.sessions.get(id)
      const wire = this.#own.wires.get(id)
      if (session !== undefined && wire !== undefined) wire.attachment = attachmentOf(session)
    }
    for (const effect of draft.effects) if (effect.type === 'send') this.world.laws.pushed(effect.session, effect.message)
    this.world.laws.queueTurned(this.#own, this.state)
    return {
      isWritten: draft.changes.length > 0 || alarmAt !== undefined,
      after: () => {
        for (const effect of draft.effects) this.#carryOut(effect)
        if (this.#polls.size > 0) this.#polls.settle((session) => isPollBusy(this.state, session))
      },
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send': {
        const { message, session } = effect
        if (message.type === 'work' && this.#polls.give(session, message.workType, message.body)) return
        const wire = this.#own.wires.get(session)
        return this.depart(() => wire?.sendDown(encodeMessage(message)))
      }
      case 'close': {
        const wire = this.#own.wires.get(effect.session)
        this.#polls.expire(effect.session)
        this.#own.wires.delete(effect.session)
        return this.depart(() => wire?.closeByServer())
      }
      case 'claim':
      case 'lost':
      case 'confirm':
        void this.#run(effect)
    }
  }

  async #run(errand: Errand): Promise<void> {
    const { id } = errand
    try {
      await this.#post(await this.#ask(errand))
    } catch {
      await this.#post((draft) => {
        if (errand.type === 'claim') claimFailed(draft, id)
        else draft.mark({ type: errand.type === 'lost' ? 'loss-failed' : 'confirm-failed', id, at: draft.now })
      }).catch(() => undefined)
    }
  }

  async #ask(errand: Errand): Promise<(draft: Draft) => void> {
    const { id } = errand
    const to = this.world.execution(errand.executionId)
    const link = 'queue-to-execution'
    switch (errand.type) {
      case 'claim': {
        const claimed = await call(this.world, link, this, to, (life) => life.claim(errand.claim))
        return (draft) => claimAnswered(draft, id, claimed)
      }
      case 'lost':
        await call(this.world, link, this, to, (life) => life.lost(errand.run, errand.items, errand.session))
        return (draft) => lossDelivered(draft, id)
      case 'confirm': {
        const answers = await call(this.world, link, this, to, (life) => life.confirm(errand.items, errand.holder))
        return (draft) => confirmAnswered(draft, id, answers)
      }
    }
  }

  #heardOf(session: string): number | undefined {
    const pingedAt = this.#own.wires.get(session)?.pingedAt
    const heardAt = this.#heardAt.get(session)
    return pingedAt === undefined ? heardAt : Math.max(pingedAt, heardAt ?? 0)
  }
}
