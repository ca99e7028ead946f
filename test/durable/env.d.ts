/** What `cloudflare:workers` has in tests: the bindings and the entry of the service. */
declare namespace Cloudflare {
  interface Env {
    WORKFLOW_EXECUTION: DurableObjectNamespace
    TASK_QUEUE: DurableObjectNamespace
    EXECUTION_INDEX: DurableObjectNamespace
    FLOW_DEFINITIONS: DurableObjectNamespace
    ORG_SETTINGS: DurableObjectNamespace
    PERDURE_ROOT_KEY: string
  }
  interface GlobalProps {
    mainModule: typeof import('../../src/worker.ts')
    durableNamespaces: 'WorkflowExecution' | 'TaskQueue' | 'ExecutionIndex' | 'FlowDefinitions' | 'OrgSettings'
  }
}
