/** Counts what has ended here, and tells whoever listens. */
import type { Activation, TaskWork } from '../../schemas/work.ts'
import type { Emitter } from './emitter.ts'
import type { WorkerEvents } from './worker-options.ts'

export class Tally {
  readonly counts = { tasksCompleted: 0, tasksFailed: 0, activationsAnswered: 0, activationsFailed: 0 }
  readonly #events: Emitter<WorkerEvents>

  constructor(events: Emitter<WorkerEvents>) {
    this.#events = events
  }

  taskEnded({ executionId, taskId, kind, attempt }: TaskWork, outcome: WorkerEvents['task']['outcome']): void {
    if (outcome === 'COMPLETED') this.counts.tasksCompleted += 1
    else if (outcome === 'FAILED') this.counts.tasksFailed += 1
    this.#events.emit('task', { executionId, taskId, kind, attempt, outcome })
  }

  activationEnded({ executionId, run, kind, activationId }: Activation, outcome: 'ANSWERED' | 'FAILED', error?: Error): void {
    if (outcome === 'ANSWERED') this.counts.activationsAnswered += 1
    else this.counts.activationsFailed += 1
    this.#events.emit('activation', { executionId, run, kind, activationId, outcome })
    if (error !== undefined) this.#events.emit('error', error)
  }
}
