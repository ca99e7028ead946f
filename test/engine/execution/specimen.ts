/** An execution over memory: the real rules, a disk that is a list, and a clock that the test turns. */
import type { AttemptEnded, DurableChange, SettlementKept, WorkHeld } from '../../../engine/execution/change.ts'
import type { ActivationAnswer, CheckedReport, StartCommand, WorkflowCommand } from '../../../engine/execution/commands.ts'
import { Draft, type PayloadSource } from '../../../engine/execution/draft.ts'
import { nextDutyAt, takeDue } from '../../../engine/execution/due.ts'
import { claim } from '../../../engine/execution/hand-out.ts'
import { heard, type Question } from '../../../engine/execution/holders.ts'
import type { EventRow, LogEvent } from '../../../engine/execution/log-event.ts'
import { makeOffers, offerAnswered, type ParcelOffer } from '../../../engine/execution/offering.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import { report } from '../../../engine/execution/report.ts'
import { restore } from '../../../engine/execution/restore.ts'
import { start } from '../../../engine/execution/start.ts'
import { blankExecution, type ExecutionState, type RunState } from '../../../engine/execution/state.ts'
import { followFlow } from '../../../engine/flow/advance.ts'
import type { Holder, KeepVerdict } from '../../../engine/lease.ts'
import type { OutboxEntry } from '../../../engine/outbox.ts'

export const holder = (session: string): Holder => ({ session, queue: 'default', partition: 0, workerId: `worker of ${session}` })

export class Specimen {
  readonly executionId: string
  now = 1_000_000
  state: ExecutionState
  log: LogEvent[] = []
  attempts: AttemptEnded[] = []
  holds = new Map<string, WorkHeld>()
  settlements = new Map<string, SettlementKept>()
  outbox = new Map<number, OutboxEntry>()
  /** Values of messages. */
  posted = new Map<number, string>()
  commits = 0

  constructor(executionId = 'x') {
    this.executionId = executionId
    this.state = blankExecution(this.now, executionId)
  }

  readonly events = {
    page: (run: number, after: number, until: number, limit: number): EventRow[] =>
      this.log
        .filter((event) => event.run === run && event.sequence > after && event.sequence <= until)
        .slice(0, limit)
        .map(rowOf),
  }

  readonly disk: PayloadSource = {
    payload: (run, sequence) => {
      const event = this.log[sequence - 1]
      return event?.run === run ? event.payload : this.log.find((each) => each.run === run && each.sequence === sequence)?.payload
    },
    settlement: (_run, name) => this.settlements.get(name)?.payload,
  }

  payloadOf(id: number): string | undefined {
    return this.posted.get(id)
  }

  get run(): RunState {
    if (this.state.run === undefined) throw new Error('not started')
    return this.state.run
  }

  types(): string[] {
    return this.log.map((event) => event.type)
  }

  count(type: string): number {
    return this.log.filter((event) => event.type === type).length
  }

  /** One turn: decided, then on disk. */
  turn<Value>(rule: (draft: Draft) => Value): Value {
    const draft = new Draft(this.state, this.now, this.disk)
    const value = rule(draft)
    followFlow(draft)
    if (draft.changes.length > 0) this.commits += 1
    for (const change of draft.changes) this.#write(change)
    return value
  }

  #write(change: DurableChange): void {
    switch (change.type) {
      case 'event': {
        const last = this.log.findLast((event) => event.run === change.event.run)
        const expected = (last?.sequence ?? 0) + 1
        if (change.event.sequence !== expected) throw new Error(`L1: sequence ${change.event.sequence} follows ${expected - 1}`)
        if (last !== undefined && change.event.at < last.at) throw new Error('L1: time went back')
        if (last !== undefined && closing.has(last.type)) throw new Error(`L11: ${change.event.type} after ${last.type}`)
        this.log.push(change.event)
        return
      }
      case 'attempt-ended': {
        const twice = this.attempts.some(
          (each) => each.run === change.run && each.work === change.work && each.attempt === change.attempt,
        )
        if (twice) throw new Error(`attempt ${change.attempt} of ${change.work} ended twice`)
        this.attempts.push(change)
        return
      }
      case 'held':
        this.holds.set(change.id, { ...this.holds.get(change.id), ...change })
        return
      case 'hold-ended':
        this.holds.delete(change.id)
        return
      case 'settlement-kept':
        this.settlements.set(change.name, change)
        return
      case 'settlement-taken': {
        const event = this.log.find(({ run, sequence }) => run === change.run && sequence === change.sequence)
        const payload = this.settlements.get(change.name)?.payload
        if (event === undefined) throw new Error(`a settlement of ${change.name} without its event`)
        if (payload !== undefined) event.payload = payload
        this.settlements.delete(change.name)
        return
      }
      case 'posted':
        this.outbox.set(change.entry.id, change.entry)
        if (change.payload !== undefined) this.posted.set(change.entry.id, change.payload)
        return
      case 'delivered':
        this.outbox.delete(change.id)
        this.posted.delete(change.id)
        return
      case 'delivery-failed': {
        const { id, attempts, dueAt } = change
        const entry = this.outbox.get(id)
        if (entry !== undefined) this.outbox.set(id, { ...entry, attempts, dueAt })
        return
      }
    }
  }

  /** The object dies and comes back with what is on disk. */
  restart(): void {
    this.state = this.reread()
  }

  /** What the disk tells. */
  reread(): ExecutionState {
    const number = this.state.run?.number ?? 1
    return restore(
      {
        org: 'acme',
        executionId: this.executionId,
        createdAt: 0,
        events: this.log
          .filter((event) => event.run === number)
          .map(({ payload, ...event }) => ({ event: event as LogEvent, size: payload?.length ?? 0 })),
        attempts: this.attempts.filter((ended) => ended.run === number),
        holds: [...this.holds.values()].filter((held) => held.run === number),
        settlements: [...this.settlements.values()].filter((kept) => kept.run === number).map(({ payload: _, ...kept }) => kept),
        outbox: [...this.outbox.values()],
      },
      this.now,
    )
  }

  /** After a restart: the queue has nothing of what is asked for. */
  nobodyHasIt(): void {
    for (const question of this.tick()) {
      this.turn((draft) => {
        const lease = draft.run.tasks.get(question.id)?.lease ?? draft.run.activation?.lease
        if (lease?.phase === 'unknown') draft.mark({ type: 'ready', id: question.id, at: this.now })
      })
    }
  }

  start(command: Partial<StartCommand> = {}) {
    return this.turn((draft) =>
      start(draft, {
        org: 'acme',
        executionId: this.executionId,
        kind: 'flow',
        queue: 'default',
        idReuse: 'USE_EXISTING',
        onConflict: 'USE_EXISTING',
        limits: { openTasks: 10_000, eventsPerRun: 50_000 },
        ...command,
      }),
    )
  }

  hear(question: Question, verdict: KeepVerdict | undefined): void {
    this.turn((draft) => heard(draft, question, verdict))
  }

  tick(): Question[] {
    return this.turn(takeDue)
  }

  /** Moves the clock to the next duty and does it. */
  advance(): Question[] {
    const dutyAt = nextDutyAt(this.state, this.now)
    if (dutyAt === undefined) throw new Error('L8: nothing is due, ever')
    this.now = Math.max(this.now, dutyAt)
    return this.tick()
  }

  offers(): ParcelOffer[] {
    return this.turn(makeOffers)
  }

  answerOffer(offer: ParcelOffer, heldBy: string | undefined): void {
    const held = heldBy === undefined ? [] : offer.parcels.map(({ id, attempt }) => ({ id, attempt, holder: holder(heldBy) }))
    this.turn((draft) => offerAnswered(draft, offer, held))
  }

  /** It has not arrived. */
  loseOffer(offer: ParcelOffer): void {
    this.turn((draft) => offerAnswered(draft, offer, undefined))
  }

  claim(type: 'task' | 'activation', kind: string, count = 1, session = 's1', priority = 0): Parcel[] {
    const run = this.state.run?.number ?? 1
    const theirs = { ...holder(session), queue: this.state.run?.queue ?? 'default' }
    return this.turn((draft) => claim(draft, { run, type, kind, priority, count, holder: theirs })).parcels
  }

  activate(session = 's1'): Extract<Parcel, { type: 'activation' }> {
    const [parcel] = this.claim('activation', this.run.kind, 1, session)
    if (parcel?.type !== 'activation') throw new Error('no activation is waiting')
    return parcel
  }

  answer(parcel: Parcel, commands: WorkflowCommand[], more: Partial<ActivationAnswer> = {}, session: string | undefined = 's1') {
    if (parcel.type !== 'activation') throw new Error('not an activation')
    const { id, attempt, run, issued } = parcel
    const said: CheckedReport = {
      type: 'activation',
      run,
      id,
      attempt,
      snapshotSequence: issued.snapshotSequence,
      commands,
      awaiting: [],
      observed: false,
      operationsOut: [],
      ...more,
    }
    return this.say(said, session)
  }

  complete(parcel: { id: string; attempt: number }, output = '1') {
    return this.say({ type: 'task', run: this.run.number, id: parcel.id, attempt: parcel.attempt, output })
  }

  fail(parcel: { id: string; attempt: number }, failure: { type?: string; nonRetryable?: boolean; retryAfterMs?: number } = {}) {
    const { type = 'Oops' } = failure
    const said = { ...failure, type, message: 'no', text: JSON.stringify({ type, message: 'no' }) }
    return this.say({ type: 'task', run: this.run.number, id: parcel.id, attempt: parcel.attempt, failure: said })
  }

  say(said: CheckedReport, session: string | undefined = 's1') {
    return this.turn((draft) => report(draft, said, session === undefined ? undefined : holder(session)))
  }

  /** Started, and its first activation answered with these commands. */
  static running(commands: WorkflowCommand[], startCommand: Partial<StartCommand> = {}): Specimen {
    const specimen = new Specimen()
    specimen.start(startCommand)
    specimen.answer(specimen.activate(), commands)
    return specimen
  }
}

const rowOf = ({ sequence, type, at, data, payload }: LogEvent): EventRow => ({
  sequence,
  type,
  at,
  data: JSON.stringify(data),
  payload: payload ?? null,
})

const closing = new Set([
  'WORKFLOW_COMPLETED',
  'WORKFLOW_FAILED',
  'WORKFLOW_CANCELLED',
  'WORKFLOW_TERMINATED',
  'WORKFLOW_TIMED_OUT',
])

export const schedule = (
  n: number,
  more: Partial<Extract<WorkflowCommand, { type: 'SCHEDULE_TASK' }>> = {},
): WorkflowCommand => ({
  type: 'SCHEDULE_TASK',
  taskId: `task-${n}`,
  kind: 'work',
  ...more,
})

export const scheduleMany = (n: number): WorkflowCommand[] => Array.from({ length: n }, (_, index) => schedule(index + 1))
