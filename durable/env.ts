/** What the platform binds: named once, here and in `wrangler.toml`. */
export interface Env {
  WORKFLOW_EXECUTION: DurableObjectNamespace
  TASK_QUEUE: DurableObjectNamespace
  EXECUTION_INDEX: DurableObjectNamespace
  FLOW_DEFINITIONS: DurableObjectNamespace
  ORG_SETTINGS: DurableObjectNamespace
  /** A principal of every organisation. Without it the service refuses everything but health. */
  PERDURE_ROOT_KEY?: string
}
