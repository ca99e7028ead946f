/** One attempt of a task in progress: its context, its signal, its heartbeats. */

import type { TaskFrame } from '../../schemas/stream.ts'
import type { Json } from '../../schemas/values.ts'
import type { TaskWork } from '../../schemas/work.ts'
import { type LogEntry, loggerTo } from '../definition/logger.ts'
import type { TaskContext } from '../definition/task-context.ts'
import { CancelledFailure, TimeoutFailure } from '../failures/own-failures.ts'
import { decode } from '../values/decode.ts'
import { encodePayload } from '../values/payload.ts'
import { FrameChannel } from './frame-channel.ts'
import { sayLog, taskVoice } from './task-voice.ts'

export interface TaskAttemptHost {
  log(entry: LogEntry): void
  /** Sends the details, or only that it is alive. */
  heartbeat(details: Json | undefined): void
  /** Sends what the code shows; `sent` is called once that is heard, or lost. */
  frames(frames: TaskFrame[], sent: () => void): void
}

const longestHeartbeatMs = 5_000
const timeouts = new Set(['START_TO_CLOSE', 'SCHEDULE_TO_START', 'SCHEDULE_TO_CLOSE', 'HEARTBEAT'])

export class TaskAttempt {
  readonly work: TaskWork
  readonly context: TaskContext
  readonly #host: TaskAttemptHost
  readonly #abort = new AbortController()
  readonly #frames: FrameChannel
  #details: Json | undefined
  #hasNews = false
  #isHandedOver = false
  #heartbeatTimer: ReturnType<typeof setTimeout> | undefined

  constructor(work: TaskWork, host: TaskAttemptHost) {
    this.work = work
    this.#host = host
    const frames = new FrameChannel(host.frames)
    this.#frames = frames
    const { executionId, run, taskId, attempt, lastHeartbeat } = work
    this.context = {
      signal: this.#abort.signal,
      attempt,
      taskId,
      executionId,
      idempotencyKey: `${executionId}/${run}/${taskId}`,
      lastHeartbeat: decode(lastHeartbeat, 'lastHeartbeat'),
      heartbeat: (details) => this.#heartbeat(details),
      handOver: () => {
        this.#isHandedOver = true
        return work.token
      },
      ...taskVoice(frames),
      log: loggerTo((level, message, fields) => {
        host.log({ level, message, fields, executionId, run, taskId })
        sayLog(frames, level, message, fields)
      }),
    }
  }

  /** What it returns is not its result: whoever has its token answers. */
  get isHandedOver(): boolean {
    return this.#isHandedOver
  }

  /** Details that have not been sent. */
  get unsent(): Json | undefined {
    return this.#hasNews ? this.#details : undefined
  }

  /** The service, or the worker, wants it to end. */
  stop(reason: string): void {
    const { taskId, attempt } = this.work
    this.#abort.abort(
      timeouts.has(reason)
        ? new TimeoutFailure(`attempt ${attempt} of ${taskId} ran into ${reason}`, { details: { timeout: reason } })
        : new CancelledFailure(`${taskId} was asked to stop: ${reason}`),
    )
  }

  /** It has ended: nothing more is sent for it, but details that the next attempt will want. */
  close(isFailed: boolean): void {
    this.#frames.close()
    if (isFailed && this.#hasNews) this.#host.heartbeat(this.#details)
    clearTimeout(this.#heartbeatTimer)
    this.#heartbeatTimer = undefined
    this.#hasNews = false
  }

  /** The first at once, then at intervals; the last details are never left behind. */
  #heartbeat(details: unknown): void {
    this.#details = details === undefined ? undefined : encodePayload(details, 'the heartbeat')
    this.#hasNews = true
    if (this.#heartbeatTimer === undefined) this.#sendHeartbeat()
  }

  #sendHeartbeat(): void {
    this.#hasNews = false
    this.#host.heartbeat(this.#details)
    const intervalMs = Math.min(longestHeartbeatMs, (this.work.heartbeatMs ?? Number.POSITIVE_INFINITY) / 3)
    this.#heartbeatTimer = setTimeout(() => {
      this.#heartbeatTimer = undefined
      if (this.#hasNews) this.#sendHeartbeat()
    }, intervalMs)
  }
}
