/** Whatever has happened, the disk tells the same execution: in random turns, after each of them. */
import { expect, it } from 'vitest'
import { accepted, refused } from '../../../engine/answer.ts'
import type { WorkflowCommand } from '../../../engine/execution/commands.ts'
import { messageAnswered } from '../../../engine/execution/deliveries.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { lost } from '../../../engine/execution/holders.ts'
import type { ChildEnded } from '../../../engine/execution/messages.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import { receive } from '../../../engine/execution/receive.ts'
import { hasUnreadSignal } from '../../../engine/execution/signals.ts'
import type { ExecutionState, RunProblemState } from '../../../engine/execution/state.ts'
import { holder, Specimen } from './specimen.ts'
import { cancelIt, createPromise, pauseIt, reject, resumeIt, settle, signal } from './talking.ts'

type Random = (below: number) => number

/** That the time of a parked run is over is noticed when it is looked at. */
const shown = ({ parked: _, ...problem }: RunProblemState) => problem

/** Mulberry32 (Tommy Ettinger, public domain). */
function randomFrom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What must be the same for every reader and every later decision. Who holds young work is found out by asking. */
function told({ run, outbox }: ExecutionState) {
  if (run === undefined) return undefined
  const {
    tasks,
    timers,
    promises,
    state,
    usedTimers,
    closedTasks,
    doneOperations,
    operations,
    activation,
    closed,
    problem,
    kept,
    due,
    groups,
    ...plain
  } = run
  const leaseTold = (lease: { held: boolean; holder?: unknown; startedAt?: number; dueAt: number }) =>
    lease.held ? { holder: lease.holder, startedAt: lease.startedAt } : { dueAt: lease.dueAt }
  return {
    ...plain,
    closed,
    problem: problem && shown(problem),
    outbox: [...outbox.values()],
    timers: [...timers.values()],
    promises: [...promises.values()],
    state: [...state],
    usedTimers: [...usedTimers],
    closedTasks: [...closedTasks],
    doneOperations: [...doneOperations],
    tasks: [...tasks.keys()],
    ...(closed === undefined && {
      open: [...tasks.values()].map(({ lease, ...task }) => ({ ...task, ...leaseTold(lease) })),
      operations: operations && [...operations.names].map(([id, { name }]) => `${id} ${name}`),
      wantsWorker: activation !== undefined,
    }),
  }
}

class Play {
  readonly specimen = new Specimen()
  readonly #random: Random
  readonly #tasks: Parcel[] = []
  #activation: Parcel | undefined
  #names = 0
  #operations: string[] = []

  constructor(random: Random) {
    this.#random = random
    const parent = { executionId: 'parent', run: 1, childId: 'child-1' }
    this.specimen.start({ input: '"in"', ...(random(3) === 0 && { timeoutMs: 150_000 }), ...(random(3) === 0 && { parent }) })
  }

  step(): void {
    const { specimen } = this
    const random = this.#random
    if (specimen.run.closed !== undefined) {
      specimen.start({ idReuse: 'ALLOW', kind: 'flow' })
      this.#tasks.length = 0
      this.#operations = []
      this.#activation = undefined
      return
    }
    switch (random(22)) {
      case 0:
      case 1:
      case 2:
        return this.#advanceCode()
      case 3:
      case 20:
        this.#tasks.push(...specimen.claim('task', 'work', 1 + random(3)))
        return
      case 4:
        return this.#withTask((task) => specimen.complete(task, '"out"'))
      case 5:
        return this.#withTask((task) =>
          specimen.fail(task, { ...(random(3) === 0 && { nonRetryable: true }), retryAfterMs: random(2) * 500 }),
        )
      case 6:
        return this.#withTask((task) => {
          const { id, attempt } = task
          specimen.say({
            type: 'heartbeat',
            run: specimen.run.number,
            id,
            attempt,
            ...(random(2) === 0 && { details: `"beat ${random(9)}"` }),
          })
          this.#tasks.push(task)
        })
      case 7:
        return this.#withTask(({ id, attempt }) =>
          specimen.turn((draft) => lost(draft, specimen.run.number, [{ id, attempt }], 's1')),
        )
      case 8:
        return this.#report()
      case 9:
      case 21:
        return this.#clock()
      case 10:
        for (const offer of specimen.offers()) specimen.answerOffer(offer, undefined)
        specimen.now += random(700)
        return
      case 11:
      case 12:
        this.#names += 1
        signal(specimen, 'news', `signal ${random(2) === 0 ? this.#names : random(this.#names)}`, '"payload"')
        return
      case 13:
        settle(specimen, `name ${random(15)}`)
        return
      case 14: {
        const ids = [...specimen.run.promises.keys()]
        reject(specimen, ids[random(Math.max(1, ids.length))] ?? `name ${random(15)}`)
        return
      }
      case 15:
        if (specimen.run.paused === undefined && random(4) === 0) pauseIt(specimen)
        else resumeIt(specimen)
        return
      case 16:
        if (random(8) === 0) cancelIt(specimen)
        return
      case 17:
      case 18:
        return this.#deliver()
      case 19:
        return this.#endChild()
    }
  }

  /** What is to be sent is sent, and answered in any way. */
  #deliver(): void {
    const { specimen } = this
    for (const { id } of specimen.state.outbox.send(specimen.now)) {
      const answers = [accepted(null), accepted(null), refused('already_exists', 'no'), undefined]
      specimen.turn((draft) => messageAnswered(draft, id, answers[this.#random(answers.length)]))
    }
  }

  #endChild(): void {
    const { specimen } = this
    const [child] = specimen.run.children.values()
    if (child === undefined) return
    const outcome = (['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'] as const)[this.#random(5)] ?? 'COMPLETED'
    const parent = { run: specimen.run.number, childId: child.id }
    const ended: ChildEnded = { type: 'child-ended', parent, executionId: child.executionId, outcome, payload: '1' }
    specimen.turn((draft) => receive(draft, ended))
  }

  /** Promises that were settled before they were made. */
  metEarly(): number {
    const { log } = this.specimen
    const isSettled = (type: string | undefined) => type === 'PROMISE_RESOLVED' || type === 'PROMISE_REJECTED'
    return log.filter(({ type }, index) => type === 'PROMISE_CREATED' && isSettled(log[index + 1]?.type)).length
  }

  #withTask(use: (task: Parcel) => void): void {
    const [task] = this.#tasks.splice(this.#random(Math.max(1, this.#tasks.length)), 1)
    if (task !== undefined) use(task)
  }

  #clock(): void {
    const { specimen } = this
    if (nextDutyAt(specimen.state, specimen.now) === undefined) return
    for (const question of specimen.advance()) {
      if (specimen.run.closed !== undefined) return
      specimen.hear(question, this.#random(4) === 0 ? { verdict: 'gone' } : { verdict: 'kept', holder: holder('s1') })
    }
  }

  #report(): void {
    const operation = this.#operations.pop()
    if (operation === undefined) return
    const attempt = this.specimen.run.activationsLost + 1
    this.specimen.say({ type: 'operation', run: this.specimen.run.number, id: operation, name: 'note', attempt, output: '1' })
  }

  #advanceCode(): void {
    const { specimen } = this
    const random = this.#random
    this.#activation ??= specimen.claim('activation', 'flow')[0]
    const activation = this.#activation
    if (activation === undefined || random(3) === 0) return
    this.#activation = undefined
    if (random(6) === 0) {
      const failure = { type: 'Broken', message: 'no', text: '{"type":"Broken","message":"no"}' }
      const { id, attempt, run } = activation
      specimen.say({
        type: 'activation-failed',
        run,
        id,
        attempt,
        failure,
        ...(random(2) === 0 && { determinism: '{"index":1}' }),
      })
      return
    }
    const commands = Array.from({ length: random(6) }, () => this.#command())
    const isBehind = activation.type === 'activation' && hasUnreadSignal(specimen.run, activation.issued.snapshotSequence)
    const ends = random(isBehind ? 3 : 12) === 0
    if (!ends && random(4) === 0) {
      this.#names += 1
      this.#operations.push(`operation-${this.#names}`)
    }
    const operationsOut = this.#operations.map((operationId) => ({ operationId, name: 'note' }))
    specimen.answer(activation, [...commands, ...(ends ? [this.#end()] : [])], {
      observed: true,
      operationsOut,
    })
  }

  #end(): WorkflowCommand {
    return this.#random(3) === 0 ? { type: 'CANCEL_WORKFLOW' } : { type: 'COMPLETE_WORKFLOW', output: '1' }
  }

  #command(): WorkflowCommand {
    const random = this.#random
    this.#names += 1
    const known = [...this.specimen.run.tasks.keys()]
    const timer = [...this.specimen.run.timers.keys()][0]
    switch (random(16)) {
      case 9:
        return { type: 'START_CHILD_WORKFLOW', childId: `child-${this.#names}`, kind: 'part', input: '"in"' }
      case 10:
      case 15: {
        const childId = [...this.specimen.run.children.keys()].at(-1)
        if (childId !== undefined) return { type: 'CANCEL_CHILD_WORKFLOW', childId }
        break
      }
      case 11: {
        const requestId = `external-${this.#names}`
        return { type: 'SIGNAL_WORKFLOW', requestId, executionId: `other-${random(3)}`, name: 'news', payload: '"payload"' }
      }
      case 12:
        return { type: 'CANCEL_WORKFLOW_EXECUTION', requestId: `external-${this.#names}`, executionId: `other-${random(3)}` }
      case 3:
        return createPromise(this.#names, `name ${random(15)}`, random(2) === 0 ? random(2_000) : undefined)
      case 4: {
        const promiseId = [...this.specimen.run.promises.keys()][0]
        if (promiseId !== undefined) return { type: 'RESOLVE_PROMISE', promiseId, value: '"own"' }
        break
      }
      case 5:
        if (random(3) === 0) return { type: 'CLEAR_STATE', key: `key ${random(5)}` }
        return { type: 'SET_STATE', key: `key ${random(5)}`, value: '"value"' }
      case 6:
        return { type: 'SET_ATTRIBUTES', attributes: { [`key ${random(5)}`]: this.#names } }
      case 0:
        return { type: 'START_TIMER', timerId: `timer-${this.#names}`, durationMs: random(20_000) }
      case 1:
      case 14:
        if (timer !== undefined) return { type: 'CANCEL_TIMER', timerId: timer }
        break
      case 2:
      case 13: {
        const taskId = known[random(Math.max(1, known.length))]
        if (taskId !== undefined) return { type: 'CANCEL_TASK', taskId }
      }
    }
    const timeouts = random(2) === 0 ? { startToCloseMs: 4_000 + random(9_000), heartbeatMs: 8_000 } : {}
    const input = JSON.stringify('i'.repeat(random(50)))
    return { type: 'SCHEDULE_TASK', taskId: `task-${this.#names}`, kind: 'work', retry: { maximumAttempts: 3 }, timeouts, input }
  }
}

const common = [
  'WORKFLOW_COMPLETED',
  'WORKFLOW_TIMED_OUT',
  'TASK_COMPLETED',
  'TASK_FAILED',
  'TASK_CANCELLED',
  'TASK_CANCELLATION_REQUESTED',
  'TIMER_FIRED',
  'TIMER_CANCELLED',
  'OPERATION_COMPLETED',
  'SIGNAL_RECEIVED',
  'PROMISE_CREATED',
  'PROMISE_RESOLVED',
  'PROMISE_REJECTED',
  'PROMISE_TIMED_OUT',
  'WORKFLOW_PAUSED',
  'WORKFLOW_RESUMED',
  'CANCELLATION_REQUESTED',
  'STATE_SET',
  'STATE_CLEARED',
  'ATTRIBUTES_SET',
  'WORKFLOW_CANCELLED',
  'CHILD_WORKFLOW_INITIATED',
  'CHILD_WORKFLOW_STARTED',
  'CHILD_WORKFLOW_CANCELLATION_REQUESTED',
  'CHILD_WORKFLOW_COMPLETED',
  'CHILD_WORKFLOW_FAILED',
  'CHILD_WORKFLOW_CANCELLED',
  'CHILD_WORKFLOW_TERMINATED',
  'CHILD_WORKFLOW_TIMED_OUT',
  'EXTERNAL_SIGNAL_SENT',
  'EXTERNAL_SIGNAL_FAILED',
  'EXTERNAL_CANCEL_SENT',
  'EXTERNAL_CANCEL_FAILED',
  'SUPERSEDED',
  'kept settlement',
  'attempt-ended',
]

it('300 random executions, read back after each of 120 turns', { timeout: 60_000 }, () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= 300; seed += 1) {
    const play = new Play(randomFrom(seed))
    for (let turn = 0; turn < 120; turn += 1) {
      play.step()
      const { specimen } = play
      const read = specimen.reread()
      expect(told(read), `seed ${seed}, turn ${turn}`).toEqual(told(specimen.state))
      const { closed, tasks, timers, activation, operations } = specimen.run
      const hasWork = tasks.size > 0 || timers.size > 0 || activation !== undefined || operations !== undefined
      // L8: whatever is open is looked at again.
      if (closed === undefined && hasWork) expect(nextDutyAt(read, specimen.now), `seed ${seed}, turn ${turn}`).toBeDefined()
    }
    const { log, attempts, holds } = play.specimen
    const count = (type: string, n = 1) => seen.set(type, (seen.get(type) ?? 0) + n)
    for (const { type } of [...log, ...attempts, ...holds.values()]) count(type)
    count('SUPERSEDED', attempts.filter(({ failure }) => failure.includes('SUPERSEDED')).length)
    count('kept settlement', play.metEarly())
  }
  // What it is worth depends on what happened in it.
  for (const type of common) expect(seen.get(type) ?? 0, type).toBeGreaterThan(10)
})
