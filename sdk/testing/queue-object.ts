/** One queue of the environment: the engine's rules, and one worker that is always connected. */

import type { Unserved } from '../../engine/index/summary.ts'
import type { KeepItem, KeepVerdict, Offer, OfferReply, ReleaseItem } from '../../engine/lease.ts'
import { claimAnswered } from '../../engine/queue/claims.ts'
import { confirmAnswered } from '../../engine/queue/confirmation.ts'
import { Draft } from '../../engine/queue/draft.ts'
import { finish, nextDuty, perform } from '../../engine/queue/duty.ts'
import { type Effect, encodeMessage } from '../../engine/queue/effect.ts'
import { receive } from '../../engine/queue/hello.ts'
import { keepWork, releaseWork } from '../../engine/queue/keeping.ts'
import { offerWork } from '../../engine/queue/offers.ts'
import { lossDelivered } from '../../engine/queue/presence.ts'
import { blankState, type QueueState } from '../../engine/queue/state.ts'
import { unservedKinds } from '../../engine/queue/summary.ts'
import type { Up } from '../../schemas/socket/up.ts'
import type { Surroundings } from './surroundings.ts'

/** A worker's end of its connection; `text` is a message of the protocol. */
export interface Connected {
  readonly session: string
  received(text: string): void
}

export class QueueObject {
  readonly name: string
  readonly #around: Surroundings
  readonly #state: QueueState
  readonly #workers = new Map<string, Connected>()
  #alarm: { at: number; cancel: () => void } | undefined

  constructor(name: string, around: Surroundings) {
    this.name = name
    this.#around = around
    this.#state = blankState({ queue: name, partition: 0 }, around.timeline.now)
  }

  connect(worker: Connected, hello: Up): void {
    const { session } = worker
    this.#workers.set(session, worker)
    this.#turn((draft) => {
      draft.mark({ type: 'greeted', greeting: { session, keyId: 'test', partitions: 1, connectedAt: draft.now } })
      receive(draft, session, hello)
    })
  }

  /** What a worker says. */
  message(session: string, said: Up): void {
    this.#turn((draft) => receive(draft, session, said))
  }

  /** Kinds of work that wait and that no worker takes. */
  unserved(): Unserved[] {
    return unservedKinds(this.#state).map((each) => ({ ...each, queue: this.name, partition: 0, partitions: 1 }))
  }

  offer(offer: Offer): OfferReply {
    return this.#turn((draft) => offerWork(draft, offer))
  }

  keep(items: KeepItem[]): KeepVerdict[] {
    return this.#turn((draft) => keepWork(draft, items))
  }

  release(items: ReleaseItem[]): void {
    this.#turn((draft) => releaseWork(draft, items))
  }

  #turn<Value>(decide: (draft: Draft) => Value): Value {
    const { timeline } = this.#around
    // Its workers run in this process: they are never silent.
    const draft = new Draft(this.#state, timeline.now, () => timeline.now)
    const value = decide(draft)
    finish(draft)
    for (const effect of draft.effects) this.#carryOut(effect)
    this.#setAlarm()
    return value
  }

  #setAlarm(): void {
    const { timeline } = this.#around
    const at = nextDuty(this.#state)
    if (at === undefined || (this.#alarm !== undefined && this.#alarm.at <= at)) return
    this.#alarm?.cancel()
    const cancel = timeline.at(at, () => {
      this.#alarm = undefined
      this.#turn(perform)
    })
    this.#alarm = { at, cancel }
  }

  #carryOut(effect: Effect): void {
    const { clockwork } = this.#around
    switch (effect.type) {
      case 'send':
        clockwork.send(() => this.#workers.get(effect.session)?.received(encodeMessage(effect.message)), true)
        return
      case 'close':
        this.#workers.delete(effect.session)
        return
      case 'claim':
        return this.#exchange(
          () => this.#around.execution(effect.executionId).claim(effect.claim),
          (draft, claimed) => claimAnswered(draft, effect.id, claimed),
        )
      case 'lost':
        return this.#exchange(
          () => this.#around.execution(effect.executionId).lost(effect.run, effect.items, effect.session),
          (draft) => lossDelivered(draft, effect.id),
        )
      case 'confirm':
        // Nobody reconnects here.
        return this.#exchange(
          () => effect.items.map(() => false),
          (draft, answers) => confirmAnswered(draft, effect.id, answers),
        )
    }
  }

  #exchange<Reply>(ask: () => Reply, answered: (draft: Draft, reply: Reply) => void): void {
    const { clockwork } = this.#around
    clockwork.send(() => {
      const reply = ask()
      clockwork.send(() => {
        this.#turn((draft) => answered(draft, reply))
      })
    })
  }
}
