/**
 * The queue of an organisation's workers: their sockets, their credit, the work that waits for them. A shell: the rules
 * are in `engine/queue/`, and `task-queue/turns.ts` runs them.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Answer, accepted } from '../engine/answer.ts'
import type { KeepItem, KeepVerdict, Offer, OfferReply, ReleaseItem } from '../engine/lease.ts'
import { receive, refuseMessage } from '../engine/queue/hello.ts'
import { keepWork, releaseWork } from '../engine/queue/keeping.ts'
import { offerWork } from '../engine/queue/offers.ts'
import { closePoll, openPoll } from '../engine/queue/poll.ts'
import { leave, revokeKey } from '../engine/queue/presence.ts'
import { listWorkers, summarize, unservedKinds } from '../engine/queue/summary.ts'
import type { QueueSummary, WorkerSummary } from '../schemas/queues.ts'
import type { Env } from './env.ts'
import type { PollRequest, QueuePort, Text } from './ports.ts'
import { rememberQueue } from './settings-cache.ts'
import { executionStub, readQueueName } from './stubs.ts'
import { runErrand } from './task-queue/errands.ts'
import { readMessage } from './task-queue/incoming.ts'
import { pingPong, sessionOf } from './task-queue/sockets.ts'
import { type Errand, Turns } from './task-queue/turns.ts'
import { readGreeting, switching } from './task-queue/upgrade.ts'

/** Noted on disk once the organisation lists this queue. */
const listed = 'listed'

export class TaskQueue extends DurableObject<Env> implements QueuePort {
  readonly #org: string
  readonly #queue: string
  readonly #turns: Turns
  #isListed: boolean

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { org, queue, partition } = readQueueName(ctx.id.name ?? '')
    this.#org = org
    this.#queue = queue
    this.#turns = new Turns(ctx, { queue, partition }, (errand) => this.#run(errand))
    this.#isListed = this.#turns.store.hasNote(listed)
    ctx.setWebSocketAutoResponse(pingPong())
    void ctx.blockConcurrencyWhile(() => this.#turns.start())
  }

  async offer(offer: Offer): Promise<OfferReply> {
    this.#list()
    return this.#turns.post((draft) => offerWork(draft, offer))
  }

  async keep(items: KeepItem[]): Promise<KeepVerdict[]> {
    return this.#turns.post((draft) => keepWork(draft, items))
  }

  async release(items: ReleaseItem[]): Promise<void> {
    return this.#turns.post((draft) => releaseWork(draft, items))
  }

  async revoke(keyId: string): Promise<void> {
    return this.#turns.post((draft) => revokeKey(draft, keyId))
  }

  async describe(): Promise<QueueSummary> {
    return summarize(this.#turns.state)
  }

  async workers(): Promise<WorkerSummary[]> {
    return listWorkers(this.#turns.state)
  }

  async unserved(): ReturnType<QueuePort['unserved']> {
    const { state, polls } = this.#turns
    const now = Date.now()
    return unservedKinds(state)
      .filter(({ type, kind }) => !polls.wasAskedFor(type, kind, now))
      .map((unserved) => ({ ...state.address, ...unserved }))
  }

  async poll(request: PollRequest): Promise<Answer<Text>> {
    this.#list()
    const { polls } = this.#turns
    const session = `poll.${crypto.randomUUID()}`
    const ready = polls.open(session)
    polls.noteKinds(request, Date.now())
    let answer: Text
    const timer = setTimeout(() => {
      polls.expire(session)
      void this.#turns.post(() => undefined)
    }, request.waitMs)
    try {
      await this.#turns.post((draft) => openPoll(draft, { ...request, session }))
      await ready
      await this.#turns.post((draft) => closePoll(draft, session))
    } finally {
      clearTimeout(timer)
      answer = polls.close(session)
    }
    return accepted(answer)
  }

  override async fetch(request: Request): Promise<Response> {
    // A session's id begins with its partition, so that an execution knows where a worker that reports to it is connected.
    const { partition } = readQueueName(this.ctx.id.name ?? '')
    const greeting = readGreeting(request, `${partition}.${crypto.randomUUID()}`, Date.now())
    if (greeting instanceof Response) return greeting
    this.#list()
    const socket = this.#turns.sockets.accept(greeting)
    await this.#turns.post((draft) => draft.mark({ type: 'greeted', greeting }))
    return switching(socket)
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    const session = sessionOf(socket)
    this.#turns.sockets.heard(session, Date.now())
    const read = readMessage(text)
    try {
      await this.#turns.post((draft) =>
        read.ok ? receive(draft, session, read.message) : refuseMessage(draft, session, read.problem),
      )
    } catch {
      // What it said is lost, credit with it: over another socket the worker says everything anew.
      socket.close(1011, 'the service failed')
      await this.#leave(socket)
    }
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    // A hibernatable socket does not answer a close by itself: without this its client waits ten seconds and more.
    socket.close(1000, 'closed')
    await this.#leave(socket)
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.#leave(socket)
  }

  async #leave(socket: WebSocket): Promise<void> {
    const session = sessionOf(socket)
    this.#turns.sockets.forget(session)
    await this.#turns.post((draft) => leave(draft, session))
  }

  override async alarm(): Promise<void> {
    await this.#turns.alarm()
  }

  #run(errand: Errand): void {
    const execution = (id: string) => executionStub(this.env, this.#org, id)
    this.ctx.waitUntil(runErrand(errand, execution, (decide) => this.#turns.post(decide)))
  }

  /** The organisation lists its queues: told once, by whatever is the first to use this one. */
  #list(): void {
    if (this.#isListed) return
    this.#isListed = true
    this.ctx.waitUntil(
      rememberQueue(this.env, this.#org, this.#queue).then(
        (isKnown) => isKnown && this.#turns.store.note(listed),
        () => {
          this.#isListed = false
        },
      ),
    )
  }
}
