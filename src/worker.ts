/** The entry: what the platform loads. */
export { ExecutionIndex } from '../durable/execution-index.ts'
export { FlowDefinitions } from '../durable/flow-definitions.ts'
export { OrgSettings } from '../durable/org-settings.ts'
export { Peers } from '../durable/peers.ts'
export { TaskQueue } from '../durable/task-queue.ts'
export { WorkflowExecution } from '../durable/workflow-execution.ts'
export { app as default } from './app.ts'
