/** A simulated execution: what `durable/workflow-execution.ts` does, over a disk in memory. */
import { wrap } from '../../durable/execution/parcels.ts'
import { RecentReplies } from '../../durable/execution/recent-replies.ts'
import { checkReports, outcomeOf } from '../../durable/execution/reporting.ts'
import type { Mortal } from '../../durable/execution/retirement.ts'
import { readToken, signToken, type TokenReading } from '../../durable/execution/tokens.ts'
import type { ReportOutcome } from '../../durable/ports.ts'
import { alarmAfterFailure, alarmFor } from '../../engine/alarm.ts'
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import { closedStatusOf } from '../../engine/execution/closed-status.ts'
import { terminate } from '../../engine/execution/closing.ts'
import type { ReportRequest, StartCommand } from '../../engine/execution/commands.ts'
import { messageAnswered } from '../../engine/execution/deliveries.ts'
import { Draft } from '../../engine/execution/draft.ts'
import { nextDutyAt, takeDue } from '../../engine/execution/due.ts'
import { claim } from '../../engine/execution/hand-out.ts'
import { confirm, heard, lost, type Question } from '../../engine/execution/holders.ts'
import { eventText } from '../../engine/execution/log-event.ts'
import { type ExecutionMessage, messageOf } from '../../engine/execution/messages.ts'
import { makeOffers, offerAnswered, type ParcelOffer } from '../../engine/execution/offering.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import { receive } from '../../engine/execution/receive.ts'
import { unknownExecution } from '../../engine/execution/refusals.ts'
import { takeReports } from '../../engine/execution/requests.ts'
import { restore } from '../../engine/execution/restore.ts'
import { signalWithStart } from '../../engine/execution/signal-with-start.ts'
import type { SignalCommand } from '../../engine/execution/signals.ts'
import { type Started, start } from '../../engine/execution/start.ts'
import { blankExecution, type ExecutionState } from '../../engine/execution/state.ts'
import { followFlow } from '../../engine/flow/advance.ts'
import type { Summary } from '../../engine/index/summary.ts'
import type { Claim, Claimed, ConfirmItem, Holder, KeepVerdict, WorkBody, WorkItem } from '../../engine/lease.ts'
import type { OutboxEntry } from '../../engine/outbox.ts'
import type { Frame } from '../../engine/stream/frame.ts'
import type { LogView } from '../../engine/stream/stream-reader.ts'
import { isFlowKind } from '../../schemas/flow/names.ts'
import { ExecutionDisk } from './execution-disk.ts'
import type { OpenStream } from './follower.ts'
import type { Speaker } from './index/listing.ts'
import { call } from './network.ts'
import { ObjectHome } from './object-home.ts'
import { ObjectLife } from './object-life.ts'
import type { QueueHome } from './queue.ts'
import type { Act } from './workload.ts'
import type { World } from './world.ts'

export class ExecutionHome extends ObjectHome<ExecutionLife> {
  readonly executionId: string
  readonly disk = new ExecutionDisk(this.world.pageEvents)

  constructor(world: World, executionId: string) {
    super(world, executionId, 'execution')
    this.executionId = executionId
  }

  protected begin(): ExecutionLife {
    return new ExecutionLife(this.world, this)
  }
}

export class ExecutionLife extends ObjectLife<Draft> {
  readonly #own: ExecutionHome
  readonly #disk: ExecutionDisk
  readonly #replies = new RecentReplies()
  state: ExecutionState
  protected readonly triesAlone = false
  readonly #streams = new Set<OpenStream>()
  #alarmAt: number | undefined
  readonly #speaker: Speaker | undefined

  constructor(world: World, home: ExecutionHome) {
    super(world, home)
    this.#own = home
    this.#disk = home.disk
    this.state = this.#load()
    this.#alarmAt = this.alarmOnDisk
    this.#speaker = world.listing?.speaker(this)
    if (home.disk.head !== undefined) void this.#wake()
  }

  async #wake(): Promise<void> {
    const hasAlarm = this.#alarmAt !== undefined
    if (!hasAlarm) this.#speaker?.news.hurry()
    await this.tick().catch(() => undefined)
    if (!hasAlarm) await this.#speaker?.retirement.wake().catch(() => undefined)
  }

  #load(): ExecutionState {
    const { head } = this.#disk
    return head === undefined ? blankExecution(this.now, this.#own.executionId) : restore(this.#disk.recorded(head), this.now)
  }

  protected reload(): void {
    this.state = this.#load()
    this.#setAlarm(alarmAfterFailure(this.#alarmAt, this.now))
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at
    this.setAlarmOnDisk(at)
  }

  /** What follows in a flow from what was decided is decided before the next. */
  override post<Value, Result>(rule: (draft: Draft) => Value, render: (value: Value) => Result): Promise<Result> {
    const followed = (draft: Draft): Value => {
      const value = rule(draft)
      followFlow(draft)
      return value
    }
    return super.post(followed, render)
  }

  get executionId(): string {
    return this.#own.executionId
  }

  start(command: StartCommand, signal?: SignalCommand): Promise<Answer<Started>> {
    return this.post(
      (draft) => (signal === undefined ? start(draft, command) : signalWithStart(draft, command, signal)),
      (answer) => answer,
    )
  }

  terminate(): Promise<Answer<null>> {
    return this.post(
      (draft): Answer<null> => {
        const { run } = draft.state
        if (run === undefined) return unknownExecution(this.state)
        if (run.closed !== undefined) return refused('already_closed', `the execution is ${run.closed.status}`)
        terminate(draft, 'client', undefined)
        return accepted(null)
      },
      (answer) => answer,
    )
  }

  report(request: ReportRequest): Promise<Answer<ReportOutcome>> {
    const known = this.#replies.find(request)
    if (known !== undefined) return known
    const answer = this.post(
      (draft): Answer<{ reported: ReturnType<typeof takeReports>; now: number }> => {
        const { run } = draft.state
        if (run === undefined) return unknownExecution(this.state)
        const reports = checkReports(request, this.#disk)
        const { session, accept } = request
        const holder =
          session === undefined
            ? undefined
            : { session, queue: accept?.queue ?? run.queue, partition: Number.parseInt(session, 10) || 0, workerId: '' }
        const before = draft.changes.slice()
        const isClosed = run.closed !== undefined
        const reported = takeReports(draft, reports, request, holder)
        const made = draft.changes.slice(before.length)
        this.world.laws.reported({ home: this.#own, run, isClosed, before, request, reports, reported, made })
        return accepted({ reported, now: draft.now })
      },
      (taken): Answer<ReportOutcome> => {
        const { run } = this.state
        if (!taken.ok || run === undefined) return taken.ok ? unknownExecution(this.state) : taken
        const { reported, now } = taken.value
        return accepted(outcomeOf(reported, now, run.lastSequence, (parcel) => this.#wrapAll([parcel])[0]?.body))
      },
    )
    this.#replies.keep(request, answer)
    return answer
  }

  say(act: Act): Promise<Answer<unknown>> {
    return this.post(
      (draft) => (draft.state.run === undefined ? unknownExecution(this.state) : act.say(draft)),
      (answer) => {
        this.world.note(`${this.#own.name}: ${act.what} ${answer.ok ? 'is taken' : answer.refusal.code}`)
        return answer
      },
    )
  }

  claim(asked: Claim): Promise<Claimed> {
    return this.post(
      (draft) => claim(draft, asked),
      ({ parcels, remaining, revision }) => ({ items: this.#wrapAll(parcels), remaining, revision }),
    )
  }

  confirm(items: ConfirmItem[], holder: Holder): Promise<boolean[]> {
    return this.post(
      (draft) =>
        confirm(
          draft,
          items.map(({ token, ...item }) => ({ ...item, ...this.#readToken(item.run, item.id, token) })),
          holder,
        ),
      (held) => held,
    )
  }

  lost(run: number, items: WorkItem[], session: string): Promise<void> {
    return this.post(
      (draft) => {
        const before = this.world.laws.heldByOthers(draft.state, session)
        lost(draft, run, items, session)
        this.world.laws.lost(this.#own, draft.state, session, before)
      },
      () => undefined,
    )
  }

  receive(message: ExecutionMessage): Promise<Answer<null>> {
    return this.post(
      (draft) => receive(draft, message),
      (answer) => answer,
    )
  }

  async summary(): Promise<Summary | undefined> {
    return this.#speaker?.news.summary(this.state, this.now)
  }

  async delete(): Promise<Answer<null>> {
    return this.#speaker?.retirement.go() ?? unknownExecution(this.state)
  }

  /** What ends it. */
  mortal(): Mortal {
    const life = this
    const disk = this.#disk
    return {
      get state() {
        return life.state
      },
      store: { runs: disk, dropRun: (run) => disk.dropRun(run) },
      post: (rule, render) => this.post(rule, render),
      wipe: () => this.#wipe(),
      written: async () => undefined,
    }
  }

  #wipe(): void {
    this.world.note(`${this.name} is deleted`)
    this.world.listing?.laws.deleted(this.executionId, this.state.createdAt)
    this.#disk.clear()
    this.#own.alarmAt = undefined
    this.state = this.#load()
    this.#alarmAt = undefined
  }

  /** A turn in which nothing is decided sees to the alarm. */
  turnAgain(): Promise<void> {
    return this.post(
      () => undefined,
      () => undefined,
    )
  }

  holdsWork(work: string, token: string): boolean {
    const { run } = this.state
    if (run === undefined || run.closed !== undefined) return false
    const { attempt } = this.#readToken(run.number, work, token)
    if (work.startsWith('task-')) return run.tasks.get(work)?.attempt === attempt
    return run.activation !== undefined && attempt === run.activationsLost + 1
  }

  async page(run: number | undefined, after: number, limit: number): Promise<string> {
    const number = run ?? this.state.run?.number ?? 1
    const last = this.#disk.log(number).at(-1)?.sequence ?? 0
    const rows = this.#disk.events.page(number, after, last, limit, Number.POSITIVE_INFINITY)
    const end = rows.at(-1)?.sequence ?? after
    return `{"events":[${rows.map(eventText).join(',')}],"lastSequence":${last}${end < last ? `,"nextAfter":${end}` : ''}}`
  }

  /** Frames of the tasks that are open. */
  keptFrames(): Frame[] {
    const { run } = this.state
    return run === undefined || run.closed !== undefined ? [] : run.shelf.all()
  }

  follow(stream: OpenStream): void {
    this.#streams.add(stream)
    this.moveOn(stream)
  }

  /** Gives a stream what is on disk, as fast as it takes it. */
  moveOn(stream: OpenStream): void {
    this.depart(() => {
      while (stream.isOpen && !stream.isBusy) {
        const next = stream.reader.next(this.#log())
        if (next.type === 'items') stream.take(next.items)
        if (next.type === 'end') stream.take([next.item])
        if (next.type !== 'items') break
      }
      if (!stream.isOpen) this.#streams.delete(stream)
    })
  }

  #log(): LogView {
    const disk = this.#disk
    return {
      latestRun: disk.head?.run ?? 1,
      end(run) {
        const last = disk.log(run).at(-1)
        return last && { lastSequence: last.sequence, closed: closedStatusOf(last.type) }
      },
      page: (run, after, until) => disk.events.page(run, after, until, 7, Number.POSITIVE_INFINITY),
    }
  }

  protected alarmFired(): void {
    this.#alarmAt = undefined
  }

  override async alarm(): Promise<void> {
    if (this.#speaker === undefined) return super.alarm()
    const { retirement } = this.#speaker
    this.alarmFired()
    const isOver = await retirement.look(this.now)
    await this.tick().catch(() => undefined)
    await retirement.dropRuns(this.now)
    if (isOver) await retirement.go().catch(() => undefined)
  }

  #dutyAt(draft: Draft): number | undefined {
    const more = this.#speaker && [this.#speaker.news.dutyAt(draft), this.#speaker.retirement.dutyAt(draft)]
    const times = [nextDutyAt(this.state, draft.now), ...(more ?? [])].filter((time) => time !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  protected async tick(): Promise<void> {
    const questions = await this.post(takeDue, (asked) => asked)
    this.#ask(questions).catch(() => undefined)
  }

  protected turn(decide: (draft: Draft) => void): { isWritten: boolean; after: () => void } {
    const draft = new Draft(this.state, this.now, this.#disk)
    decide(draft)
    const alarmAt = alarmFor(this.#alarmAt, this.#dutyAt(draft), draft.now)
    const isWritten = draft.changes.length > 0 || alarmAt !== undefined
    this.#commit(draft)
    if (alarmAt !== undefined) this.#setAlarm(alarmAt)
    this.world.laws.committed(this.#own, this.state)
    return { isWritten, after: () => this.#afterTurn(draft) }
  }

  #commit(draft: Draft): void {
    const { run, org, executionId, createdAt } = this.state
    if (run !== undefined && draft.changes.length > 0) {
      const secret = `secret of ${executionId} ${createdAt}`
      this.#disk.head = { org, executionId, secret, createdAt, run: run.number }
    }
    for (const change of draft.changes) {
      this.#disk.write(change)
      if (change.type === 'event')
        this.world.note(`${this.#own.name} ${change.event.run}/${change.event.sequence} ${change.event.type}`)
      if (change.type === 'attempt-ended')
        this.world.note(`${this.#own.name} ${change.work} attempt ${change.attempt} ${change.outcome}`)
    }
  }

  #afterTurn({ releases, frames }: Draft): void {
    for (const stream of this.#streams) {
      stream.reader.push(frames)
      this.moveOn(stream)
    }
    for (const offer of makeOffers(new Draft(this.state, this.now))) this.#offer(offer).catch(() => undefined)
    void this.#speaker?.news.send()
    for (const { holder, item } of releases) {
      void this.#call(this.world.queue(holder.partition), (queue) => queue.release([item])).catch(() => undefined)
    }
    for (const entry of this.state.outbox.send(this.now)) this.#deliver(entry).catch(() => undefined)
  }

  async #offer(offer: ParcelOffer): Promise<void> {
    const { group: _group, parcels, queue: _queue, ...rest } = offer
    const { executionId } = this.#own
    const items = this.#wrapAll(parcels)
    const reply = await this.#call(this.#queue(), (queue) => queue.offer({ executionId, ...rest, items })).catch(() => undefined)
    await this.post(
      (draft) => offerAnswered(draft, offer, reply?.held, reply?.revision),
      () => undefined,
    )
  }

  async #ask(questions: Question[]): Promise<void> {
    const asked = new Map<QueueHome, Question[]>()
    for (const question of questions) {
      const queue = question.partition === undefined ? this.#queue() : this.world.queue(question.partition)
      asked.set(queue, [...(asked.get(queue) ?? []), question])
    }
    await Promise.all([...asked].map(([queue, theirs]) => this.#askOne(queue, theirs)))
  }

  async #askOne(home: QueueHome, questions: Question[]): Promise<void> {
    const secret = this.#disk.head?.secret ?? ''
    const items = questions.map((question) => {
      const { queue: _queue, partition: _partition, blockEnd: _blockEnd, ...item } = question
      return { ...item, executionId: this.#own.executionId, token: signToken(secret, question) }
    })
    const verdicts: KeepVerdict[] = await this.#call(home, (queue) => queue.keep(items)).catch(() => [])
    await this.post(
      (draft) => {
        for (const [index, question] of questions.entries()) heard(draft, question, verdicts[index])
      },
      () => undefined,
    )
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const answer = await this.#send(entry).catch(() => undefined)
    await this.post(
      (draft) => messageAnswered(draft, entry.id, answer),
      () => undefined,
    )
  }

  async #send({ id, message }: OutboxEntry): Promise<Answer<null>> {
    if (message.type === 'release') {
      const { partition } = message.to
      const queue = partition === undefined ? this.#queue() : this.world.queue(partition)
      await this.#call(queue, (life) => life.release(message.items))
      return accepted(null)
    }
    const said = messageOf({ id, message }, this.state, this.#disk)
    if (said === undefined) return refused('not_found', 'its run is gone')
    if (said.type === 'start-child' && isFlowKind(said.kind)) {
      const flow = this.world.flows.get(said.kind)
      if (flow === undefined) return refused('not_found', `there is no ${said.kind}`)
      said.flow = flow
    }
    return call(this.world, 'execution-to-execution', this, this.world.execution(message.to), (life) => life.receive(said))
  }

  #queue(): QueueHome {
    return this.world.queue(this.world.partitionOf(this.#own.executionId))
  }

  #call<Result>(queue: QueueHome, perform: (life: ReturnType<QueueHome['wake']>) => Promise<Result>): Promise<Result> {
    return call(this.world, 'execution-to-queue', this, queue, perform)
  }

  #readToken(run: number, id: string, token: string): TokenReading {
    return readToken(this.#disk.head?.secret ?? '', run, id, token)
  }

  #wrapAll(parcels: Parcel[]): WorkBody[] {
    const { run, executionId } = this.state
    return parcels.flatMap((parcel) => {
      const body = run === undefined ? undefined : wrap(parcel, run, executionId, this.#disk)
      if (body === undefined) return []
      this.world.laws.handedOut(this.#own, parcel)
      return [body]
    })
  }
}
