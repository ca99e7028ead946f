/** `perdure/worker`: running workflows and tasks. */

export type { LogEntry } from './definition/logger.ts'
export { PerdureError } from './failures/perdure-error.ts'
export { Worker } from './worker/worker.ts'
export type { WorkerEvents, WorkerMetrics, WorkerOptions } from './worker/worker-options.ts'
