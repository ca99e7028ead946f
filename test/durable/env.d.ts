/** What `cloudflare:workers` binds in tests: the same as in the service. */
declare namespace Cloudflare {
  interface Env {
    WORKFLOW_EXECUTION: DurableObjectNamespace
    TASK_QUEUE: DurableObjectNamespace
    ORG_SETTINGS: DurableObjectNamespace
    PERDURE_ROOT_KEY: string
  }
}
