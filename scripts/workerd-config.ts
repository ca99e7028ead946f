/** What `workerd` is told: one worker, its objects on disk, one address. */
export interface WorkerdConfig {
  /** Relative to the configuration: an absolute path would be looked up among imports. */
  bundle: string
  data: string
  host: string
  port: number
}

/** Not newer than the runtime: it refuses what it does not know. */
export const compatibilityDate = '2026-11-01'

const text = (value: string): string => JSON.stringify(value)

/** Names under `uniqueKey` are part of every path on disk: they may never change. */
export const workerdConfig = ({
  bundle,
  data,
  host,
  port,
}: WorkerdConfig): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "perdure", worker = .perdure),
    (name = "data", disk = (path = ${text(data)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${text(`${host}:${port}`)}, http = (), service = "perdure")],
);

const perdure :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${text(bundle)})],
  compatibilityDate = ${text(compatibilityDate)},
  bindings = [
    (name = "WORKFLOW_EXECUTION", durableObjectNamespace = "WorkflowExecution"),
    (name = "TASK_QUEUE", durableObjectNamespace = "TaskQueue"),
    (name = "EXECUTION_INDEX", durableObjectNamespace = "ExecutionIndex"),
    (name = "FLOW_DEFINITIONS", durableObjectNamespace = "FlowDefinitions"),
    (name = "ORG_SETTINGS", durableObjectNamespace = "OrgSettings"),
    (name = "PERDURE_ROOT_KEY", fromEnvironment = "PERDURE_ROOT_KEY"),
  ],
  durableObjectNamespaces = [
    (className = "WorkflowExecution", uniqueKey = "perdure-workflow-execution", enableSql = true),
    (className = "TaskQueue", uniqueKey = "perdure-task-queue", enableSql = true),
    (className = "ExecutionIndex", uniqueKey = "perdure-execution-index", enableSql = true),
    (className = "FlowDefinitions", uniqueKey = "perdure-flow-definitions", enableSql = true),
    (className = "OrgSettings", uniqueKey = "perdure-org-settings", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
);
`
