/**
 * One turn after another: what has arrived is decided, committed as one transaction, then carried out.
 *
 * 1. Nobody is answered and nothing is sent before the commit.
 * 2. A turn that fails leaves no trace: the state is read from the disk again, and each command is tried alone.
 */
import { alarmAfterFailure, alarmFor } from '../../engine/alarm.ts'
import type { QueueAddress } from '../../engine/lease.ts'
import { Draft } from '../../engine/queue/draft.ts'
import { finish, nextDuty, perform } from '../../engine/queue/duty.ts'
import { type Effect, encodeMessage } from '../../engine/queue/effect.ts'
import { isPollBusy } from '../../engine/queue/poll.ts'
import { rebuild } from '../../engine/queue/rebuild.ts'
import type { QueueState } from '../../engine/queue/state.ts'
import { Mailbox } from '../mailbox.ts'
import { Polls } from './polls.ts'
import { Sockets } from './sockets.ts'
import { QueueStore } from './store.ts'

interface Posted {
  decide: (draft: Draft) => void
  settle: () => void
  fail: (error: unknown) => void
}

/** Effects that ask another object. */
export type Errand = Extract<Effect, { type: 'claim' | 'lost' | 'confirm' }>

export class Turns {
  readonly #ctx: DurableObjectState
  readonly #address: QueueAddress
  readonly #run: (errand: Errand) => void
  readonly #mailbox = new Mailbox<Posted>((batch) => this.#drain(batch))
  readonly polls = new Polls()
  readonly sockets: Sockets
  #store: QueueStore
  #state: QueueState
  #alarmAt: number | undefined

  constructor(ctx: DurableObjectState, address: QueueAddress, run: (errand: Errand) => void) {
    this.#ctx = ctx
    this.#address = address
    this.#run = run
    this.sockets = new Sockets(ctx)
    this.#store = new QueueStore(ctx.storage)
    this.#state = this.#load()
  }

  get state(): QueueState {
    return this.#state
  }

  get store(): QueueStore {
    return this.#store
  }

  /** Decides with what else has arrived; settles when it is committed. */
  post<Value>(decide: (draft: Draft) => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      let value: { is: Value } | undefined
      this.#mailbox.post({
        decide: (draft) => {
          value = { is: decide(draft) }
        },
        settle: () => value !== undefined && resolve(value.is),
        fail: reject,
      })
    })
  }

  /** After the object's start: what became due meanwhile. */
  async start(): Promise<void> {
    this.#alarmAt = (await this.#ctx.storage.getAlarm()) ?? undefined
    await this.#wake()
  }

  /** The alarm: it fires once, and is set again by the turn. */
  async alarm(): Promise<void> {
    this.#alarmAt = undefined
    await this.#wake()
  }

  /** Throws only when the alarm cannot be set again either: one whose handler fails six times is gone for good. */
  async #wake(): Promise<void> {
    try {
      this.#turn([{ decide: perform, settle: () => undefined, fail: () => undefined }])
    } catch {
      await this.#recover()
    }
  }

  /** Settles when the alarm is set again. */
  #recover(): Promise<void> {
    this.#store = new QueueStore(this.#ctx.storage)
    this.#state = this.#load()
    this.#alarmAt = alarmAfterFailure(this.#alarmAt, Date.now())
    return this.#ctx.storage.setAlarm(this.#alarmAt)
  }

  #load(): QueueState {
    const attached = this.sockets.attachments()
    return rebuild(this.#address, { ...this.#store.load(this.#address), attached }, Date.now())
  }

  #drain(batch: Posted[]): Promise<void> | undefined {
    try {
      return this.#turn(batch) ? this.#ctx.storage.sync() : undefined
    } catch (error) {
      this.#recover().catch(() => undefined)
      const [only, ...others] = batch
      if (others.length > 0) return Promise.all(batch.map((posted) => this.#drain([posted]))).then(() => undefined)
      only?.fail(error)
      return undefined
    }
  }

  /** Whether there was anything to write. */
  #turn(batch: Posted[]): boolean {
    const now = Date.now()
    const draft = new Draft(this.#state, now, (session) => this.sockets.heardOf(session))
    for (const { decide } of batch) decide(draft)
    finish(draft)
    const alarmAt = alarmFor(this.#alarmAt, nextDuty(this.#state), now)
    this.#store.commit(draft.changes, alarmAt)
    if (alarmAt !== undefined) this.#alarmAt = alarmAt
    for (const id of draft.touched) {
      const session = this.#state.sessions.get(id)
      if (session !== undefined) this.sockets.attach(session)
    }
    for (const effect of draft.effects) this.#carryOut(effect)
    for (const { settle } of batch) settle()
    if (this.polls.size > 0) this.polls.settle((session) => isPollBusy(this.#state, session))
    return draft.changes.length > 0 || alarmAt !== undefined
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send': {
        const { message, session } = effect
        const isPolled = message.type === 'work' && this.polls.give(session, message.workType, message.body)
        if (!isPolled) this.sockets.send(session, encodeMessage(message))
        return
      }
      case 'close':
        this.polls.expire(effect.session)
        return this.sockets.close(effect.session, effect.code, effect.reason)
      case 'claim':
      case 'lost':
      case 'confirm':
        return this.#run(effect)
    }
  }
}
