/** What the platform binds: named once, here and in `wrangler.toml`. */
export interface Env {
  WORKFLOW_EXECUTION: DurableObjectNamespace
  TASK_QUEUE: DurableObjectNamespace
  EXECUTION_INDEX: DurableObjectNamespace
  FLOW_DEFINITIONS: DurableObjectNamespace
  ORG_SETTINGS: DurableObjectNamespace
  /** A principal of every organisation. Without it the service refuses everything but health. */
  PERDURE_ROOT_KEY?: string
  /** Where several processes divide the objects: this one's place among them, as `0/4`. The others are `PERDURE_PEER_<place>`. */
  PERDURE_PROCESS?: string
}

/** The namespaces of objects. */
export type ObjectKind = 'WORKFLOW_EXECUTION' | 'TASK_QUEUE' | 'EXECUTION_INDEX' | 'FLOW_DEFINITIONS' | 'ORG_SETTINGS'

/** What one process does for the others: see `peers.ts`. */
export interface Peer {
  call(kind: ObjectKind, name: string, method: string, args: unknown[]): Promise<unknown>
  fetch(request: Request): Promise<Response>
}
