/** `perdure/client`: starting workflows, and asking about them. */

export type { HistoryEvent } from '../schemas/events.ts'
export type { ExecutionPage, ExecutionSummary } from '../schemas/listing.ts'
export { Client } from './client/client.ts'
export { type CountOptions, ExecutionList, type ListOptions } from './client/listing.ts'
export type { Rejection, Settled } from './client/settling.ts'
export type { SignalOptions, SignalWithStartOptions } from './client/signals.ts'
export type { StartOptions } from './client/start-options.ts'
export type { TaskFrame, WatchedEvent, WatchOptions } from './client/watching.ts'
export { type ExecutionDescription, type History, WorkflowHandle } from './client/workflow-handle.ts'
export { PerdureError } from './failures/perdure-error.ts'
export {
  WorkflowCancelledError,
  WorkflowFailedError,
  WorkflowTerminatedError,
  WorkflowTimedOutError,
} from './failures/workflow-errors.ts'
export type { ServiceOptions } from './http/service.ts'
export { NetworkError, ServiceError } from './http/service-error.ts'
