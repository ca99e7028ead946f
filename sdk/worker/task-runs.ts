/** Runs tasks: as many as there are slots, each reported when it has ended. */
import type { Report } from '../../schemas/reports.ts'
import type { TaskWork } from '../../schemas/work.ts'
import type { LogEntry } from '../definition/logger.ts'
import { checkInput } from '../definition/schema.ts'
import type { AnyTask } from '../definition/task.ts'
import { PerdureError } from '../failures/perdure-error.ts'
import { toWire } from '../failures/wire.ts'
import { decode } from '../values/decode.ts'
import { encodePayload } from '../values/payload.ts'
import type { Settled } from './batch.ts'
import type { Connection } from './connection.ts'
import type { HeldWork } from './held-work.ts'
import { TaskAttempt } from './task-attempt.ts'

export interface TaskHost<Via> {
  readonly held: HeldWork<Via>
  task(kind: string): AnyTask | undefined
  log(entry: LogEntry): void
  post(report: Report, via: Via, settled: (outcome: Settled) => void): void
  /** The slot is free. */
  released(): void
  ended(work: TaskWork, outcome: 'COMPLETED' | 'FAILED' | 'HANDED_OVER'): void
}

type TaskReport = Extract<Report, { type: 'task' }>
type Frames = Extract<Report, { type: 'frames' }>
type Heartbeat = Extract<Report, { type: 'heartbeat' }>

const keyOf = (executionId: string, run: number, taskId: string): string => `${executionId} ${run} ${taskId}`

/** `Via` is what work comes over, and its reports go back. */
export class TaskRuns<Via = Connection> {
  readonly #host: TaskHost<Via>
  readonly #attempts = new Map<string, TaskAttempt>()
  /** Until the service has taken what became of them. */
  readonly #unsettled = new Set<string>()

  constructor(host: TaskHost<Via>) {
    this.#host = host
  }

  /** The task is in progress here, or its result is on its way from here. */
  has(executionId: string, run: number, taskId: string): boolean {
    return this.#unsettled.has(keyOf(executionId, run, taskId))
  }

  cancel({ executionId, run, taskId, attempt, reason }: TaskName & { attempt: number; reason: string }): void {
    const found = this.#attempts.get(keyOf(executionId, run, taskId))
    if (found?.work.attempt === attempt) found.stop(reason)
  }

  stopAll(reason: string): void {
    for (const attempt of this.#attempts.values()) attempt.stop(reason)
  }

  async perform(work: TaskWork, via: Via): Promise<void> {
    const key = keyOf(work.executionId, work.run, work.taskId)
    const older = this.#attempts.get(key)
    if (older?.work.token === work.token) return this.#host.released()
    older?.stop('another attempt has begun')
    const attempt = new TaskAttempt(work, {
      log: this.#host.log,
      heartbeat: (details) => this.#beat(work, via, details),
      frames: (frames, sent) => this.#say({ type: 'frames', ...inFlight(work), frames }, work, via, sent),
    })
    this.#attempts.set(key, attempt)
    this.#unsettled.add(key)
    this.#host.held.add(inFlight(work), via)
    const report = await this.#outcome(attempt)
    attempt.close(outcomeOf(report) === 'FAILED')
    if (this.#attempts.get(key) === attempt) this.#attempts.delete(key)
    this.#host.released()
    this.#host.ended(work, outcomeOf(report))
    if (report.type === 'task') this.#report(report, work, via)
    else this.#host.post(report, via, () => this.#settle(work))
  }

  async #outcome(attempt: TaskAttempt): Promise<TaskReport | Heartbeat> {
    const { work, context } = attempt
    const subject = { type: 'task', ...inFlight(work) } as const
    try {
      const definition = this.#host.task(work.kind)
      if (definition === undefined) throw new PerdureError(`this worker has no task ${work.kind}`, { code: 'no_handler' })
      const input = await checkInput(definition.input, decode(work.input, 'input'), work.kind)
      const output = await definition.run(input, context)
      if (attempt.isHandedOver) return handedOver(attempt)
      return { ...subject, output: encodePayload(output, `the output of ${work.kind}`) }
    } catch (error) {
      return { ...subject, failure: toWire(error) }
    }
  }

  #report(report: TaskReport, work: TaskWork, via: Via): void {
    this.#host.post(report, via, ({ result }) => {
      if (!result.ok && report.failure === undefined && isOfTheResult(result.code)) {
        const { output: _, ...subject } = report
        const failure = { type: result.code, message: `the output was refused: ${result.message}`, nonRetryable: true }
        return this.#report({ ...subject, failure }, work, via)
      }
      this.#settle(work)
    })
  }

  #settle(work: TaskWork): void {
    this.#unsettled.delete(keyOf(work.executionId, work.run, work.taskId))
    this.#host.held.remove(inFlight(work))
  }

  #beat(work: TaskWork, via: Via, details: Heartbeat['details']): void {
    this.#say({ type: 'heartbeat', ...inFlight(work), ...(details !== undefined && { details }) }, work, via)
  }

  /** What is said while the task runs; the answer tells whether the attempt is still ours. */
  #say(report: Heartbeat | Frames, work: TaskWork, via: Via, said = (): void => undefined): void {
    this.#host.post(report, via, ({ result }) => {
      said()
      if (result.ok) return
      const { executionId, run, taskId, attempt } = work
      this.cancel({ executionId, run, taskId, attempt, reason: `the attempt is not ours any more (${result.code})` })
    })
  }
}

interface TaskName {
  executionId: string
  run: number
  taskId: string
}

const inFlight = ({ executionId, run, taskId, token }: TaskWork) => ({ executionId, run, id: taskId, token })

function handedOver({ work, unsent }: TaskAttempt): Heartbeat {
  return { type: 'heartbeat', ...inFlight(work), ...(unsent !== undefined && { details: unsent }), handedOver: true }
}

function outcomeOf(report: TaskReport | Heartbeat): 'COMPLETED' | 'FAILED' | 'HANDED_OVER' {
  if (report.type === 'heartbeat') return 'HANDED_OVER'
  return report.failure === undefined ? 'COMPLETED' : 'FAILED'
}

/** The service would take another result of this attempt. */
const isOfTheResult = (code: string): boolean => code === 'payload_too_large' || code === 'invalid_request'
