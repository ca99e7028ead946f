/**
 * One workflow execution. It alone appends to its log, holds what is open, and judges who has its work. Rules are in
 * `engine/execution`; here they meet the disk, the alarm and other objects.
 *
 * Every method posts a rule: rules take turns, a turn is one transaction, and answers leave after it.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Answer, accepted, refused } from '../engine/answer.ts'
import { requestCancellation } from '../engine/execution/cancelling.ts'
import { terminate } from '../engine/execution/closing.ts'
import type { ReportRequest, StartCommand } from '../engine/execution/commands.ts'
import { Draft } from '../engine/execution/draft.ts'
import { takeDue } from '../engine/execution/due.ts'
import { claim } from '../engine/execution/hand-out.ts'
import { confirm, lost } from '../engine/execution/holders.ts'
import type { ExecutionMessage } from '../engine/execution/messages.ts'
import { makeOffers } from '../engine/execution/offering.ts'
import { pause, resume } from '../engine/execution/pausing.ts'
import { type Settled, type Settlement, settlePromise } from '../engine/execution/promises.ts'
import { receive } from '../engine/execution/receive.ts'
import { closedRefusal, unknownExecution } from '../engine/execution/refusals.ts'
import { takeReports } from '../engine/execution/requests.ts'
import { stateText, stateValueText } from '../engine/execution/shown-state.ts'
import { type StartedAndSignalled, signalWithStart, startedBefore } from '../engine/execution/signal-with-start.ts'
import { type SignalCommand, type SignalTaken, takeSignal } from '../engine/execution/signals.ts'
import { start } from '../engine/execution/start.ts'
import type { RunState } from '../engine/execution/state.ts'
import { childrenText, descriptionText, eventsText, resultText, tasksText, taskText } from '../engine/execution/views.ts'
import { itemsText } from '../engine/flow/items-text.ts'
import type { Summary } from '../engine/index/summary.ts'
import { present } from '../engine/intake/present.ts'
import type { Claim, Claimed, ConfirmItem, Holder, LostItem } from '../engine/lease.ts'
import type { LogView } from '../engine/stream/stream-reader.ts'
import { streamStart } from '../engine/stream/stream-start.ts'
import type { StartAnswer } from '../schemas/executions.ts'
import type { Env } from './env.ts'
import { organisationFor } from './execution/caller.ts'
import { Errands } from './execution/errands.ts'
import { IndexNews, systemClock } from './execution/index-news.ts'
import { IndexTalk } from './execution/index-talk.ts'
import { LiveReaders } from './execution/live-readers.ts'
import { logView } from './execution/log-view.ts'
import { once } from './execution/once.ts'
import { RecentReplies } from './execution/recent-replies.ts'
import { callerOf, ReportSockets } from './execution/report-sockets.ts'
import { checkReports, outcomeOf } from './execution/reporting.ts'
import { Retirement } from './execution/retirement.ts'
import { exportPage, runsText } from './execution/run-views.ts'
import { refusalResponse, streamRequestOf } from './execution/stream-request.ts'
import { readToken, type TokenReading } from './execution/tokens.ts'
import { Turns } from './execution/turns.ts'
import { Waiters } from './execution/waiters.ts'
import type { ExecutionPort, ExportPlace, Idempotency, ReportOutcome, SteerRequest, Text } from './ports.ts'
import { retentionMsOf } from './settings-cache.ts'
import { readExecutionName } from './stubs.ts'

const flat = <Value>(answer: Answer<Answer<Value>>): Answer<Value> => (answer.ok ? answer.value : answer)

const nothing = (): void => undefined

export class WorkflowExecution extends DurableObject<Env> implements ExecutionPort {
  readonly #turns: Turns
  readonly #waiters = new Waiters()
  readonly #replies = new RecentReplies()
  readonly #errands: Errands
  readonly #readers: LiveReaders
  readonly #reporters: ReportSockets
  readonly #news: IndexNews
  readonly #retirement: Retirement

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#turns = new Turns(ctx.storage, {
      name: this.#self().executionId,
      dutyAt: (draft) => this.#dutyAt(draft),
      after: (draft) => this.#afterTurn(draft),
    })
    this.#errands = new Errands(env, this.#turns, () => this.#self())
    const index = new IndexTalk(env)
    const tell = (summary: Summary) => index.note(this.#self().org, summary)
    const turn = () => this.#turns.post(nothing, nothing)
    this.#news = new IndexNews(tell, turn, this.#turns.state, systemClock)
    this.#retirement = new Retirement({
      turns: this.#turns,
      news: this.#news,
      retentionMs: () => retentionMsOf(env, this.#self().org),
      forget: (version) => index.forget(this.#self().org, this.#self().executionId, version),
    })
    this.#readers = new LiveReaders({
      ctx,
      mayRead: async (follower) => (await organisationFor(env, this.#self().org, follower)) !== undefined,
      log: () => this.#log(),
      frames: () => (this.#turns.state.run?.closed === undefined ? (this.#turns.state.run?.shelf.all() ?? []) : []),
    })
    this.#reporters = new ReportSockets({
      executionId: this.#self().executionId,
      isOver: () => this.#turns.state.run?.closed !== undefined,
      organisationFor: (caller) => organisationFor(env, this.#self().org, caller),
      report: (request) => this.report(request),
    })
    if (this.#turns.store.head === undefined) return
    const started = ctx.blockConcurrencyWhile(() => this.#turns.start())
    ctx.waitUntil(started.then(() => this.#wake()))
  }

  async #wake(): Promise<void> {
    const { hasAlarm } = this.#turns
    if (!hasAlarm) this.#news.hurry()
    await this.#tick()
    if (!hasAlarm) await this.#retirement.wake()
  }

  async start(command: StartCommand, waitMs = 0): Promise<Answer<StartAnswer & { created: boolean; result?: Text }>> {
    const started = await this.#turns.post(
      (draft) => start(draft, command),
      (answer) => answer,
    )
    if (!started.ok || waitMs === 0) return started
    const ended = await this.result(waitMs)
    return ended.ok && !ended.value.open ? accepted({ ...started.value, result: ended.value.text }) : started
  }

  terminate(request: SteerRequest): Promise<Answer<null>> {
    return this.#steer(request, (draft, by, reason) => {
      if (draft.run.closed !== undefined) return closedRefusal(draft.run)
      terminate(draft, by, reason)
      return accepted(null)
    })
  }

  cancel(request: SteerRequest): Promise<Answer<null>> {
    return this.#steer(request, requestCancellation)
  }

  pause(request: SteerRequest): Promise<Answer<null>> {
    return this.#steer(request, pause)
  }

  resume(request: SteerRequest): Promise<Answer<null>> {
    return this.#steer(request, resume)
  }

  signal(signal: SignalCommand, idempotency?: Idempotency): Promise<Answer<SignalTaken>> {
    return this.#ask(idempotency, (draft) => takeSignal(draft, signal))
  }

  settlePromise(nameOrId: string, settlement: Settlement, idempotency?: Idempotency): Promise<Answer<Settled>> {
    return this.#ask(idempotency, (draft) => settlePromise(draft, nameOrId, settlement))
  }

  signalWithStart(command: StartCommand, signal: SignalCommand, idempotency?: Idempotency): Promise<Answer<StartedAndSignalled>> {
    return this.#turns.post(
      (draft) =>
        once(draft, this.#turns.store.idempotency, idempotency, () => signalWithStart(draft, command, signal), startedBefore),
      (answer) => answer,
    )
  }

  report(request: ReportRequest): Promise<Answer<ReportOutcome>> {
    const known = this.#replies.find(request)
    if (known !== undefined) return known
    const answer = this.#turns.post(
      (draft): Answer<{ reported: ReturnType<typeof takeReports>; now: number }> => {
        if (draft.state.run === undefined) return unknownExecution(this.#turns.state)
        const reports = checkReports(request, this.#turns.store)
        return accepted({
          reported: takeReports(draft, reports, request, this.#holderOf(draft.state.run, request)),
          now: draft.now,
        })
      },
      (taken): Answer<ReportOutcome> => {
        const { run } = this.#turns.state
        if (!taken.ok || run === undefined) return taken.ok ? unknownExecution(this.#turns.state) : taken
        const { reported, now } = taken.value
        return accepted(outcomeOf(reported, now, run.lastSequence, (parcel) => this.#errands.wrap(parcel)?.body))
      },
    )
    this.#replies.keep(request, answer)
    return answer
  }

  claim(asked: Claim): Promise<Claimed> {
    return this.#turns.post(
      (draft) => claim(draft, asked),
      ({ parcels, remaining, revision }) => ({ items: this.#errands.wrapAll(parcels), remaining, revision }),
    )
  }

  confirm(items: ConfirmItem[], holder: Holder): Promise<boolean[]> {
    return this.#turns.post(
      (draft) =>
        confirm(
          draft,
          items.map(({ token, ...item }) => ({ ...item, ...this.#readToken(item.run, item.id, token) })),
          holder,
        ),
      (held) => held,
    )
  }

  lost(run: number, items: LostItem[], session: string): Promise<void> {
    return this.#turns.post(
      (draft) => lost(draft, run, items, session),
      () => undefined,
    )
  }

  receive(message: ExecutionMessage): Promise<Answer<null>> {
    return this.#turns.post(
      (draft) => receive(draft, message),
      (answer) => answer,
    )
  }

  async holdsWork(work: string, token: string): Promise<boolean> {
    const { run } = this.#turns.state
    if (run === undefined || run.closed !== undefined) return false
    const { attempt } = this.#readToken(run.number, work, token)
    if (work.startsWith('task-')) return run.tasks.get(work)?.attempt === attempt
    return run.activation !== undefined && attempt === run.activationsLost + 1
  }

  async describe(number?: number): Promise<Answer<Text>> {
    const unserved = await this.#errands.unserved(this.#turns.state.run)
    const { state, store } = this.#turns
    return this.#read(number, (run) => descriptionText({ ...state, run }, run, store, Date.now(), unserved))
  }

  async result(waitMs: number): Promise<Answer<{ open: boolean; text: Text }>> {
    if (this.#turns.state.run === undefined) return unknownExecution(this.#turns.state)
    if (this.#turns.state.run.closed === undefined && waitMs > 0) await this.#waiters.wait(waitMs)
    return this.#read(undefined, (run) => ({ open: run.closed === undefined, text: resultText(run, this.#turns.store) }))
  }

  async events(query: { after: number; limit: number; run?: number }): Promise<Answer<Text>> {
    return this.#read(query.run, (run) => eventsText(run, this.#turns.store, query))
  }

  async tasks(query: { run?: number; limit: number; cursor?: string; task?: string }): Promise<Answer<Text>> {
    const after = Number(query.cursor ?? 0)
    if (!Number.isSafeInteger(after) || after < 0) return refused('invalid_request', 'cursor: not one of ours')
    const { task, run: number, limit } = query
    if (task === undefined) return this.#read(number, (run) => tasksText(run, this.#turns.store, { after, limit }, Date.now()))
    const items = this.#read(number, (run) => itemsText(run, this.#turns.store, task, { after, limit }, Date.now()))
    if (!items.ok) return items
    return items.value === undefined ? refused('not_found', `its flow has no task ${task}`) : accepted(items.value)
  }

  async task(taskId: string, number?: number): Promise<Answer<Text>> {
    const answer = this.#read(number, (run) => taskText(run, this.#turns.store, taskId, Date.now()))
    if (!answer.ok) return answer
    return answer.value === undefined ? refused('not_found', `there is no ${taskId}`) : accepted(answer.value)
  }

  async state(number?: number): Promise<Answer<Text>> {
    return flat(this.#read(number, (run) => stateText(run, this.#turns.store)))
  }

  async stateValue(key: string, number?: number): Promise<Answer<Text>> {
    return flat(this.#read(number, (run) => stateValueText(run, this.#turns.store, key)))
  }

  async children(number?: number): Promise<Answer<Text>> {
    return this.#read(number, (run) => childrenText(run, this.#turns.store))
  }

  async runs(): Promise<Answer<Text>> {
    return this.#read(undefined, (run) => runsText(run, this.#turns.store))
  }

  async export(from: ExportPlace): Promise<Answer<{ lines: Text; next?: ExportPlace }>> {
    return this.#read(undefined, (run) => exportPage(run, this.#turns.store, from))
  }

  async summary(): Promise<Summary | undefined> {
    return this.#news.summary(this.#turns.state, Date.now())
  }

  delete(): Promise<Answer<null>> {
    return this.#retirement.go()
  }

  /** Already authenticated: the live stream, over the response or a socket on upgrade; or a worker's socket. */
  override async fetch(request: Request): Promise<Response> {
    if (this.#turns.state.run === undefined) return refusalResponse(unknownExecution(this.#turns.state).refusal)
    const caller = callerOf(request)
    if (caller !== undefined) return this.#reporters.accept(caller)
    const asked = streamRequestOf(request)
    const begun = streamStart(asked, this.#log())
    if (!begun.ok) return refusalResponse(begun.refusal)
    const beginning = { ...begun.value, follower: { keyId: asked.keyId, ...present({ keyExpiresAt: asked.keyExpiresAt }) } }
    return asked.isSocket ? this.#readers.accept(beginning) : this.#readers.respond(beginning, asked.named)
  }

  /** Readers only listen. */
  override webSocketMessage(): void {}

  override webSocketClose(socket: WebSocket): void {
    this.#readers.closed(socket)
  }

  override webSocketError(socket: WebSocket): void {
    this.#readers.closed(socket)
  }

  override async alarm(): Promise<void> {
    this.#turns.alarmFired()
    const isOver = await this.#retirement.look(Date.now())
    await this.#tick()
    await this.#retirement.dropRuns(Date.now())
    if (isOver) await this.#retirement.go().catch(() => undefined)
  }

  #dutyAt(draft: Draft): number | undefined {
    const times = [this.#news.dutyAt(draft), this.#retirement.dutyAt(draft)]
    return times.reduce((one, other) => (one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)))
  }

  /** What is due. It never throws: the chain of alarms must not end. */
  async #tick(): Promise<void> {
    try {
      const questions = await this.#turns.post(takeDue, (asked) => asked)
      await this.#errands.ask(questions)
    } catch (error) {
      // biome-ignore lint/suspicious/noConsole: the operator's only sign of a defect here
      console.error('a turn failed and is tried again', error)
      await this.ctx.storage.setAlarm(Date.now() + 5_000)
    }
  }

  #afterTurn({ releases, frames }: Draft): void {
    const { state } = this.#turns
    const now = Date.now()
    if (state.run?.closed !== undefined) this.#waiters.wake()
    for (const offer of makeOffers(new Draft(state, now))) this.ctx.waitUntil(this.#errands.offer(offer))
    this.#readers.wake(frames)
    this.ctx.waitUntil(this.#news.send())
    if (releases.length > 0) this.ctx.waitUntil(this.#errands.forget(releases))
    for (const entry of state.outbox.send(now)) this.ctx.waitUntil(this.#errands.deliver(entry))
  }

  #steer(
    { by, reason, idempotency }: SteerRequest,
    rule: (draft: Draft, by: string, reason: string | undefined) => Answer<null>,
  ): Promise<Answer<null>> {
    return this.#ask(idempotency, (draft) => rule(draft, by, reason))
  }

  /** What is asked of an execution that is there. */
  #ask<Value>(idempotency: Idempotency | undefined, rule: (draft: Draft) => Answer<Value>): Promise<Answer<Value>> {
    return this.#turns.post(
      (draft) =>
        draft.state.run === undefined
          ? unknownExecution(this.#turns.state)
          : once(draft, this.#turns.store.idempotency, idempotency, () => rule(draft)),
      (answer) => answer,
    )
  }

  #read<Value>(number: number | undefined, view: (run: RunState) => Value): Answer<Value> {
    const latest = this.#turns.state.run
    if (latest === undefined) return unknownExecution(this.#turns.state)
    const run = number === undefined || number === latest.number ? latest : this.#turns.store.loadRun(number, Date.now()).run
    return run === undefined ? refused('not_found', `execution ${latest.executionId} has no run ${number}`) : accepted(view(run))
  }

  #log(): LogView {
    const { run } = this.#turns.state
    if (run === undefined) throw new Error('the execution has no run')
    return logView(this.#turns.store, run)
  }

  #self() {
    return readExecutionName(this.ctx.id.name ?? '')
  }

  /** The session that speaks; its id begins with the partition where it is connected. */
  #holderOf(run: RunState, { session, accept }: ReportRequest): Holder | undefined {
    if (session === undefined) return undefined
    return { session, queue: accept?.queue ?? run.queue, partition: Number.parseInt(session, 10) || 0, workerId: '' }
  }

  #readToken(run: number, id: string, token: string): TokenReading {
    return readToken(this.#turns.store.head?.secret ?? '', run, id, token)
  }
}
