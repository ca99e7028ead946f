/**
 * What an execution has others do once a turn is committed: its queues are offered work, asked who has it, and told that
 * it is over; other executions get their messages. What they answer is taken in a turn of its own.
 */
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import { messageAnswered } from '../../engine/execution/deliveries.ts'
import type { Release } from '../../engine/execution/draft.ts'
import { heard, type Question } from '../../engine/execution/holders.ts'
import { messageOf } from '../../engine/execution/messages.ts'
import { offerAnswered, type ParcelOffer } from '../../engine/execution/offering.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import type { RunState } from '../../engine/execution/state.ts'
import { waitingOf } from '../../engine/index/summarize.ts'
import type { WorkBody } from '../../engine/lease.ts'
import type { OutboxEntry } from '../../engine/outbox.ts'
import type { UnservedKind } from '../../engine/unserved.ts'
import type { Env } from '../env.ts'
import { ExecutionTalk } from './execution-talk.ts'
import { wrap } from './parcels.ts'
import { QueueTalk, type Self } from './queue-talk.ts'
import { signToken } from './tokens.ts'
import type { Turns } from './turns.ts'

const nothing = (): void => undefined

export class Errands {
  readonly #queues: QueueTalk
  readonly #executions: ExecutionTalk
  readonly #turns: Turns
  readonly #self: () => Self

  constructor(env: Env, turns: Turns, self: () => Self) {
    this.#queues = new QueueTalk(env)
    this.#executions = new ExecutionTalk(env)
    this.#turns = turns
    this.#self = self
  }

  async offer(offer: ParcelOffer): Promise<void> {
    const reply = await this.#queues.offer(this.#self(), offer, this.wrapAll(offer.parcels))
    await this.#turns.post((draft) => offerAnswered(draft, offer, reply?.held, reply?.revision), nothing)
  }

  async ask(questions: Question[]): Promise<void> {
    if (questions.length === 0) return
    const secret = this.#turns.store.head?.secret ?? ''
    const verdicts = await this.#queues.ask(this.#self(), questions, (question) => signToken(secret, question))
    await this.#turns.post((draft) => {
      for (const question of questions) heard(draft, question, verdicts.get(question))
    }, nothing)
  }

  forget(releases: Release[]): Promise<void> {
    return this.#queues.forget(this.#self(), releases)
  }

  /** Sent once at a time; what it was answered is taken in the turn in which the message goes. */
  async deliver(entry: OutboxEntry): Promise<void> {
    const answer = await this.#send(entry)
    await this.#turns.post((draft) => messageAnswered(draft, entry.id, answer), nothing)
  }

  /** Kinds of the work that waits which no worker has. Only a queue knows, and only who looks wants to know. */
  async unserved(run: RunState | undefined): Promise<UnservedKind[]> {
    return run === undefined ? [] : this.#queues.unserved(this.#self(), waitingOf(run))
  }

  /** The work as its worker gets it, with what the log has of it. */
  wrap(parcel: Parcel): WorkBody | undefined {
    const { run, executionId } = this.#turns.state
    return run === undefined ? undefined : wrap(parcel, run, executionId, this.#turns.store)
  }

  wrapAll(parcels: Parcel[]): WorkBody[] {
    return parcels.flatMap((parcel) => this.wrap(parcel) ?? [])
  }

  async #send({ id, message }: OutboxEntry): Promise<Answer<null> | undefined> {
    const self = this.#self()
    if (message.type === 'release')
      return (await this.#queues.release(self, message.to, message.items)) ? accepted(null) : undefined
    const said = messageOf({ id, message }, this.#turns.state, this.#turns.store)
    return said === undefined ? refused('not_found', 'its run is gone') : this.#executions.send(self.org, message.to, said)
  }
}
