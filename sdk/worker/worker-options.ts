/** What a worker is made of. */
import type { LogEntry } from '../definition/logger.ts'
import type { AnyTask } from '../definition/task.ts'
import type { AnyWorkflow } from '../definition/workflow.ts'
import type { ServiceOptions } from '../http/service.ts'

export interface WorkerOptions extends ServiceOptions {
  /** `default` if absent. */
  queue?: string
  workflows?: readonly AnyWorkflow[]
  tasks?: readonly AnyTask[]
  /** How much it does at once: 50 activations, 20 tasks. */
  slots?: { workflow?: number; task?: number }
  /** Shown beside it; a run that its code does not fit waits for another build. */
  build?: string
  /** Shown beside it; made up if absent. */
  workerId?: string
  /** Runs kept in memory between activations, the longest unused goes first; 1,000. 0: every activation replays. */
  cachedExecutions?: number
  /** Which partitions of the queue it serves; all if absent. */
  partitions?: readonly number[]
  /** Where `ctx.log` goes; JSON lines on stderr if absent. */
  log?: (entry: LogEntry) => void
}

/** What it says about itself; see `worker.on`. */
export interface WorkerEvents {
  connected: { partition: number; session: string }
  disconnected: { partition: number }
  /** A task has ended here. */
  task: { executionId: string; taskId: string; kind: string; attempt: number; outcome: 'COMPLETED' | 'FAILED' | 'HANDED_OVER' }
  /** An activation has been answered here. */
  activation: { executionId: string; run: number; kind: string; activationId: string; outcome: 'ANSWERED' | 'FAILED' }
  error: Error
}

export interface WorkerMetrics {
  /** In progress. */
  tasks: number
  activations: number
  /** In memory. */
  keptRuns: number
  tasksCompleted: number
  tasksFailed: number
  activationsAnswered: number
  activationsFailed: number
  /** Activations that began from the first event. */
  replays: number
  /** Answers sent together with the task results that led to them. */
  speculationsTaken: number
  speculationsDropped: number
  /** With reports, over HTTP. */
  requests: number
  /** With reports, over sockets straight to executions. */
  messages: number
}
