/** Holds every law against every step: what objects do is told here, and the first breach ends the simulation. */
import type { DurableChange } from '../../engine/execution/change.ts'
import type { CheckedReport, ReportRequest } from '../../engine/execution/commands.ts'
import type { LogEvent } from '../../engine/execution/log-event.ts'
import type { Parcel } from '../../engine/execution/parcel.ts'
import type { Reported } from '../../engine/execution/requests.ts'
import { restore } from '../../engine/execution/restore.ts'
import type { ExecutionState, RunState } from '../../engine/execution/state.ts'
import type { FlowDefinition } from '../../engine/flow/definition.ts'
import type { Message } from '../../engine/queue/effect.ts'
import type { PollOpening } from '../../engine/queue/poll.ts'
import type { QueueState } from '../../engine/queue/state.ts'
import type { Up } from '../../schemas/socket/up.ts'
import type { ExecutionHome } from './execution.ts'
import { asksToEnd, cancelsInOrder, itemsWithinLimit, restsWhilePaused, signalsAreTaken } from './flow-laws.ts'
import {
  alwaysNext,
  causesFirst,
  creditsKept,
  decideThenDo,
  fencing,
  holdsOpenWork,
  noLostWakeUp,
  once,
  oneWriter,
  onlyTheirs,
  openAttempt,
  terminal,
  visibleAfterCommitted,
} from './laws.ts'
import type { QueueHome } from './queue.ts'

export interface Breach {
  law: string
  message: string
}

export interface ReportsTaken {
  home: ExecutionHome
  run: RunState
  isClosed: boolean
  before: DurableChange[]
  request: ReportRequest
  reports: CheckedReport[]
  reported: Reported
  made: DurableChange[]
}

interface Account {
  workflow: { granted: number; sent: number }
  task: { granted: number; sent: number }
  kinds: { workflow: Set<string>; task: Set<string> }
}

export class LawBook {
  breach: Breach | undefined
  /** What workers said that they had seen, by execution and run. */
  readonly #seen = new Map<string, number>()
  readonly #accounts = new Map<string, Account>()

  /** The first breach counts. */
  judge(law: string, where: string, complaint: string | undefined): void {
    if (complaint !== undefined) this.breach ??= { law, message: `${where}: ${complaint}` }
  }

  committed(home: ExecutionHome, state: ExecutionState): void {
    const { disk, name } = home
    const { run } = state
    if (run === undefined || disk.head === undefined) return
    const now = home.world.agenda.now
    const log = disk.log(run.number)
    const ended = disk.attempts
    this.judge('L1', name, oneWriter(log))
    this.judge('L2', name, decideThenDo(state, restore(disk.recorded(disk.head), now)))
    this.judge('L3', name, causesFirst(log))
    this.judge('L4', name, noLostWakeUp(run, log, this.#seen.get(`${name} ${run.number}`) ?? 0))
    this.judge('L5', name, fencing(log, ended))
    this.judge('L6', name, once(log, ended))
    this.judge(
      'L8',
      name,
      alwaysNext(state, log, { alarmAt: home.believedAlarmAt, now, clocksDifferMs: home.world.clocksDifferMs }),
    )
    this.judge('L9', name, holdsOpenWork(run, disk.holds.values()))
    if (run.flow !== undefined) this.#flowed(name, run, run.flow.definition, log)
    for (const older of disk.runs.values()) this.judge('L11', name, terminal(older))
    if (run.problem?.type === 'DETERMINISM') this.judge('replay', name, run.problem.message)
  }

  #flowed(name: string, { closed }: RunState, { cancellation }: FlowDefinition, log: readonly LogEvent[]): void {
    if (closed === undefined) this.judge('L4', name, signalsAreTaken(log))
    if (closed === undefined && cancellation === 'cancel_running') this.judge('L6', name, asksToEnd(log))
    this.judge('L2', name, restsWhilePaused(log) ?? itemsWithinLimit(log))
    this.judge('L6', name, cancelsInOrder(log))
  }

  handedOut(home: ExecutionHome, parcel: Parcel): void {
    this.judge('L3', home.name, visibleAfterCommitted(home.disk.log(parcel.run), home.disk.attempts, parcel))
  }

  /** L5, L11: what may not count changes nothing; and what was seen is noted. */
  reported({ home, run, isClosed, before, request, reports, reported, made }: ReportsTaken): void {
    const ended = [...home.disk.attempts, ...before.filter((change) => change.type === 'attempt-ended')]
    const { results, speculation } = reported
    const key = `${home.name} ${run.number}`
    const counted = results.map((result) => result.ok && result.duplicate !== true)
    for (const [index, said] of reports.entries()) {
      if (counted[index] !== true) continue
      const work = said.id.startsWith('task-') ? said.id : 'activation'
      const open = openAttempt(ended, run.number, work)
      const isFirst = reports.findIndex(({ id }) => id === said.id) === index
      if (isFirst && said.attempt !== open)
        this.judge('L5', key, `${said.type} of ${said.id} counted with attempt ${said.attempt}, open is ${open}`)
      if (isClosed) this.judge('L11', key, `${said.type} of ${said.id} counted after the end`)
      if (said.type === 'activation') this.#seen.set(key, said.snapshotSequence)
    }
    const events = made.filter(({ type }) => type === 'event').length
    if (!counted.includes(true) && events > 0) this.judge('L5', key, `${events} events follow from reports that do not count`)
    if (speculation === 'taken' && request.then !== undefined) {
      this.#seen.set(key, request.then.basedOn + counted.filter((each) => each).length)
    }
  }

  /** Tasks that are with another session, and their attempts. */
  heldByOthers({ run }: ExecutionState, session: string): Map<string, number> {
    const theirs = [...(run?.tasks.values() ?? [])].filter(
      ({ lease }) => lease.phase === 'out' && lease.holder?.session !== session,
    )
    return new Map(theirs.map(({ id, attempt }) => [id, attempt]))
  }

  lost({ name }: ExecutionHome, { run }: ExecutionState, session: string, before: ReadonlyMap<string, number>): void {
    this.judge(
      'L9',
      name,
      onlyTheirs(session, before, (id) => run?.tasks.get(id)?.attempt),
    )
  }

  granted(session: string, message: Up): void {
    if (message.type === 'hello' && !this.#accounts.has(session)) {
      this.#accounts.set(session, {
        workflow: { granted: message.slots.workflow, sent: 0 },
        task: { granted: message.slots.task, sent: 0 },
        kinds: { workflow: new Set(message.workflows), task: new Set(message.tasks) },
      })
    }
    const account = this.#accounts.get(session)
    if (message.type !== 'slots' || account === undefined) return
    account.workflow.granted += message.workflow
    account.task.granted += message.task
  }

  /** A poll says in one what it can do and how much. */
  polled({ session, workflows, tasks, accept }: PollOpening): void {
    this.#accounts.set(session, {
      workflow: { granted: accept.workflow, sent: 0 },
      task: { granted: accept.task, sent: 0 },
      kinds: { workflow: new Set(workflows), task: new Set(tasks) },
    })
  }

  pushed(session: string, message: Message): void {
    if (message.type !== 'work') return
    const slot = message.workType === 'activation' ? 'workflow' : 'task'
    const account = this.#accounts.get(session)
    if (account === undefined) return this.judge('L9', session, 'work was sent before it said hello')
    account[slot].sent += 1
    if (account[slot].sent > account[slot].granted) this.judge('L9', session, `more was sent than it granted`)
    const { kind } = JSON.parse(message.body) as { kind: string }
    if (!account.kinds[slot].has(kind)) this.judge('L9', session, `${kind} was sent, which it did not announce`)
  }

  queueTurned({ name }: QueueHome, state: QueueState): void {
    for (const { session, credits, reserved, presence } of state.sessions.values()) {
      const account = this.#accounts.get(session)
      if (account === undefined || presence.type !== 'attached') continue
      for (const slot of ['workflow', 'task'] as const) {
        const { granted, sent } = account[slot]
        this.judge('L9', `${name} ${session}`, creditsKept(credits[slot], granted, sent))
        if (reserved[slot] > credits[slot]) this.judge('L9', `${name} ${session}`, 'claims ask for more than its credit')
      }
    }
  }
}
