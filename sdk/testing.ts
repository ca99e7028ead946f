/** `perdure/testing`: workflows and tasks in memory and in virtual time, histories, and replay. */

export type { HistoryEvent } from '../schemas/events.ts'
export type { SavedFlow } from '../schemas/flow/saving.ts'
export type { History, WorkflowHandle } from './client/workflow-handle.ts'
export { DeterminismError } from './failures/determinism-error.ts'
export { type HandedOverAttempt, TestEnvironment, type TestEnvironmentOptions } from './testing/environment.ts'
export type { FaultRate, Faults } from './testing/faults.ts'
export { history } from './testing/history.ts'
export type { HistoryBuilder, HistoryOptions } from './testing/history-builder.ts'
export { replay } from './testing/replay.ts'
export type { TestTime } from './testing/test-time.ts'
