/**
 * One execution of the environment: the engine's rules over rows in memory. What the service's object does with a disk,
 * an alarm and other objects is done here with rows, virtual time and messages.
 */
import { type Answer, accepted, refused } from '../../engine/answer.ts'
import type { CheckedReport, WorkReport } from '../../engine/execution/commands.ts'
import { messageAnswered } from '../../engine/execution/deliveries.ts'
import { Draft } from '../../engine/execution/draft.ts'
import { nextDutyAt, takeDue } from '../../engine/execution/due.ts'
import { claim } from '../../engine/execution/hand-out.ts'
import { heard, lost, type Question } from '../../engine/execution/holders.ts'
import { type ExecutionMessage, messageOf } from '../../engine/execution/messages.ts'
import { makeOffers, offerAnswered, type ParcelOffer } from '../../engine/execution/offering.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import { receive } from '../../engine/execution/receive.ts'
import { unknownExecution } from '../../engine/execution/refusals.ts'
import { type ReportAnswer, takeReports } from '../../engine/execution/requests.ts'
import { restore } from '../../engine/execution/restore.ts'
import { blankExecution, type ExecutionState, type RunState } from '../../engine/execution/state.ts'
import { workBody } from '../../engine/execution/work-text.ts'
import { followFlow } from '../../engine/flow/advance.ts'
import type { Claim, Claimed, Holder, LostItem, WorkBody } from '../../engine/lease.ts'
import type { OutboxEntry } from '../../engine/outbox.ts'
import { StreamReader } from '../../engine/stream/stream-reader.ts'
import { type StreamRequest, streamStart } from '../../engine/stream/stream-start.ts'
import { ExecutionRows } from './execution-rows.ts'
import { LiveReaders, logView } from './live-readers.ts'
import type { Surroundings } from './surroundings.ts'

/** Proof enough where nobody else can come: the attempt, and of an activation the block that it follows. */
export const tokenOf = ({ attempt, blockEnd = 0 }: { attempt: number; blockEnd?: number }): string => `${attempt}.${blockEnd}`
const attemptOf = (token: string): number => Number.parseInt(token, 10)

export class ExecutionObject {
  readonly executionId: string
  readonly rows = new ExecutionRows()
  readonly #around: Surroundings
  readonly #readers = new LiveReaders()
  #state: ExecutionState
  /** Grows when it is evicted: what an earlier life has asked for is answered to nobody. */
  #life = 0
  #alarm: { at: number; cancel: () => void } | undefined

  constructor(executionId: string, around: Surroundings) {
    this.executionId = executionId
    this.#around = around
    this.#state = blankExecution(around.timeline.now, executionId)
  }

  get state(): ExecutionState {
    return this.#state
  }

  get run(): RunState | undefined {
    return this.#state.run
  }

  /** Decides, writes, and lets out what follows. A rule that fails leaves no trace. */
  turn<Value>(rule: (draft: Draft) => Value): Value {
    const draft = new Draft(this.#state, this.#around.timeline.now, this.rows)
    let value: Value
    try {
      value = rule(draft)
      followFlow(draft)
    } catch (error) {
      this.#reload()
      throw error
    }
    const { run, org, executionId, createdAt } = this.#state
    if (run !== undefined && draft.changes.length > 0) this.rows.head = { org, executionId, createdAt, run: run.number }
    for (const change of draft.changes) this.rows.write(change)
    if (draft.changes.length > 0) this.#around.clockwork.changed()
    this.#afterTurn(draft)
    return value
  }

  /** Where a fault has it so, memory is forgotten, whatever is under way. */
  mayBeEvicted(): void {
    if (this.rows.head === undefined || !this.#around.faults.evicts()) return
    this.#reload()
    this.#tick()
  }

  report({ token, ...said }: WorkReport, holder: Holder | undefined): ReportAnswer {
    if (this.run === undefined) return { ok: false, ...unknownExecution(this).refusal }
    const run = said.run === 0 ? this.run.number : said.run
    const checked: CheckedReport = { ...said, run, attempt: attemptOf(token) }
    const { results } = this.turn((draft) => takeReports(draft, [checked], { reports: [] }, holder))
    return results[0] ?? { ok: false, ...refused('internal', 'there is no answer').refusal }
  }

  claim(asked: Claim): Claimed {
    const { parcels, remaining, revision } = this.turn((draft) => claim(draft, asked))
    return { items: this.#wrapAll(parcels), remaining, revision }
  }

  lost(run: number, items: LostItem[], session: string): void {
    this.turn((draft) => lost(draft, run, items, session))
  }

  /** Another execution speaks. It may say the same again. */
  receive(message: ExecutionMessage): Answer<null> {
    return this.turn((draft) => receive(draft, message))
  }

  /** For readers: the run, or why there is none. */
  read<Value>(number: number | undefined, view: (run: RunState) => Value): Answer<Value> {
    const latest = this.run
    if (latest === undefined) return unknownExecution(this)
    if (number === undefined || number === latest.number) return { ok: true, value: view(latest) }
    const { head } = this.rows
    if (head === undefined || this.rows.log(number).length === 0)
      return refused('not_found', `execution ${this.executionId} has no run ${number}`)
    const { run } = restore({ ...this.rows.recorded({ ...head, run: number }), outbox: [] }, this.#around.timeline.now)
    return run === undefined
      ? refused('not_found', `execution ${this.executionId} has no run ${number}`)
      : { ok: true, value: view(run) }
  }

  /** The stream, from where the request says. */
  follow(request: StreamRequest): Answer<ReadableStream<Uint8Array>> {
    const latest = this.run
    if (latest === undefined) return unknownExecution(this)
    const begun = streamStart(request, logView(this.rows, latest))
    if (!begun.ok) return begun
    const { position, isOneRun } = begun.value
    const reader = new StreamReader(position, isOneRun, latest.closed === undefined ? latest.shelf.all() : [])
    return accepted(this.#readers.follow(reader, () => logView(this.rows, this.run ?? latest)))
  }

  #reload(): void {
    const { head } = this.rows
    const { now } = this.#around.timeline
    this.#life += 1
    const { revision } = this.#state
    this.#state = head === undefined ? blankExecution(now, this.executionId) : restore(this.rows.recorded(head), now)
    // A restart counts on from the clock, which stands still here.
    this.#state.revision = Math.max(this.#state.revision, revision)
  }

  #afterTurn({ releases, frames }: Draft): void {
    const { now } = this.#around.timeline
    for (const offer of makeOffers(new Draft(this.#state, now))) this.#offer(offer)
    this.#readers.wake(frames)
    for (const { holder, item } of releases) this.#around.clockwork.send(() => this.#around.queue(holder.queue).release([item]))
    for (const entry of this.#state.outbox.send(now)) this.#deliver(entry)
    this.#setAlarm()
  }

  /** Never later than the earliest duty (L8). */
  #setAlarm(): void {
    const { timeline } = this.#around
    const at = nextDutyAt(this.#state, timeline.now)
    if (at === undefined || (this.#alarm !== undefined && this.#alarm.at <= at)) return
    this.#alarm?.cancel()
    const cancel = timeline.at(at, () => {
      this.#alarm = undefined
      this.mayBeEvicted()
      this.#tick()
    })
    this.#alarm = { at, cancel }
  }

  #tick(): void {
    for (const question of this.turn(takeDue)) this.#ask(question)
  }

  #offer(offer: ParcelOffer): void {
    const { group: _group, parcels, queue, ...rest } = offer
    const items = this.#wrapAll(parcels)
    this.#exchange(
      () => this.#around.queue(queue).offer({ executionId: this.executionId, ...rest, items }),
      ({ held, revision }) => this.turn((draft) => offerAnswered(draft, offer, held, revision)),
    )
  }

  #ask(question: Question): void {
    const { queue, partition: _partition, blockEnd: _blockEnd, ...item } = question
    this.#exchange(
      () => this.#around.queue(queue).keep([{ ...item, executionId: this.executionId, token: tokenOf(question) }]),
      ([verdict]) => this.turn((draft) => heard(draft, question, verdict)),
    )
  }

  #deliver(entry: OutboxEntry): void {
    const { message } = entry
    if (message.type === 'release') {
      this.#exchange(
        () => this.#around.queue(message.to.queue).release(message.items),
        () => this.turn((draft) => messageAnswered(draft, entry.id, accepted(null))),
      )
      return
    }
    const said = messageOf({ id: entry.id, message }, this.#state, this.rows)
    this.#exchange(
      () => (said === undefined ? refused('not_found', 'its run is gone') : this.#tell(message.to, said)),
      (answer) => this.turn((draft) => messageAnswered(draft, entry.id, answer)),
    )
  }

  #tell(to: string, said: ExecutionMessage): Answer<null> {
    if (said.type !== 'start-child') return this.#around.execution(to).receive(said)
    const start = this.#around.flows.pinned(said)
    return start.ok ? this.#around.execution(to).receive(start.value) : start
  }

  /** A message and its answer; a fault may repeat it. */
  #exchange<Reply>(ask: () => Reply, answered: (reply: Reply) => void): void {
    const { clockwork, faults } = this.#around
    const life = this.#life
    clockwork.send(() => {
      const reply = ask()
      clockwork.send(() => {
        if (this.#life === life) answered(reply)
      })
    })
    if (faults.duplicates()) clockwork.send(() => void ask())
  }

  #wrapAll(parcels: Parcel[]): WorkBody[] {
    const { run, executionId } = this.#state
    if (run === undefined) return []
    return parcels.flatMap((parcel) => workBody(parcel, run, executionId, this.rows, tokenOf(parcel)) ?? [])
  }
}
