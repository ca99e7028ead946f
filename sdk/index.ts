/** `perdure`: what workflows and tasks are made of, and how they fail. */

export type { Attributes, ChildOptions, ChildWorkflow, ExternalExecution, SignalTarget } from './definition/child.ts'
export type { DurablePromise } from './definition/durable-promise.ts'
export type { Duration } from './definition/duration.ts'
export type { LogEntry, LogFields, Logger, LogLevel } from './definition/logger.ts'
export {
  defineSignal,
  type PayloadArguments,
  type SignalChannel,
  type SignalDefinition,
  type WaitOptions,
} from './definition/signal.ts'
export { type AnyTask, type TaskDefinition, task } from './definition/task.ts'
export type { TaskContext } from './definition/task-context.ts'
export type { RetryOptions, TaskOptions } from './definition/task-options.ts'
export type { TaskStream } from './definition/task-stream.ts'
export { type AnyWorkflow, type WorkflowDefinition, workflow } from './definition/workflow.ts'
export type {
  OutsidePromise,
  WorkflowCancellation,
  WorkflowContext,
  WorkflowInfo,
  WorkflowState,
} from './definition/workflow-context.ts'
export { ApplicationFailure, type ApplicationFailureOptions } from './failures/application-failure.ts'
export { DeterminismError, StrayCallError } from './failures/determinism-error.ts'
export { Failure } from './failures/failure.ts'
export { type InputProblem, InvalidInput } from './failures/invalid-input.ts'
export {
  CancelledFailure,
  ChildWorkflowFailure,
  type FailedChild,
  type FailedTask,
  PromiseRejected,
  type RejectedPromise,
  TaskFailure,
  TerminatedFailure,
  TimeoutFailure,
} from './failures/own-failures.ts'
export { PerdureError } from './failures/perdure-error.ts'
