/** What `workerd` is told: one worker, its objects on disk, one address; and the other processes, where there are some. */
export interface WorkerdConfig {
  /** Relative to the configuration: an absolute path would be looked up among imports. */
  bundle: string
  data: string
  host: string
  port: number
  /** Which of several it is, and the sockets at which each of them is reached by the others. */
  among?: { place: number; sockets: readonly string[] }
}

/** Not newer than the runtime: it refuses what it does not know. */
export const compatibilityDate = '2026-11-01'

/** Node inflates each message in another thread: a small one waits longer for that than for all else that is done with it. */
export const compatibilityFlags = ['no_web_socket_compression'] as const

const text = (value: string): string => JSON.stringify(value)

/** By this name each process speaks with objects of the others; it is resolved nowhere. */
const rpcHost = 'perdure-objects'

/** Names under `uniqueKey` are part of every path on disk: they may never change. */
export const workerdConfig = ({
  bundle,
  data,
  host,
  port,
  among,
}: WorkerdConfig): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "perdure", worker = .perdure),
    (name = "data", disk = (path = ${text(data)}, writable = true)),${othersOf(among).map(peerService).join('')}
  ],
  sockets = [
    (name = ${text(publicSocket)}, address = ${text(`${host}:${port}`)}, http = (), service = "perdure"),${ownSocket(among)}
  ],
);

const perdure :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${text(bundle)})],
  compatibilityDate = ${text(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map(text).join(', ')}],
  bindings = [
    (name = "WORKFLOW_EXECUTION", durableObjectNamespace = "WorkflowExecution"),
    (name = "TASK_QUEUE", durableObjectNamespace = "TaskQueue"),
    (name = "EXECUTION_INDEX", durableObjectNamespace = "ExecutionIndex"),
    (name = "FLOW_DEFINITIONS", durableObjectNamespace = "FlowDefinitions"),
    (name = "ORG_SETTINGS", durableObjectNamespace = "OrgSettings"),
    (name = "PERDURE_ROOT_KEY", fromEnvironment = "PERDURE_ROOT_KEY"),${peerBindings(among)}
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

/** Whose address may be given as an open descriptor. */
export const publicSocket = 'http'

type Among = WorkerdConfig['among']

interface Other {
  place: number
  socket: string
}

const othersOf = (among: Among): Other[] =>
  among?.sockets.map((socket, place) => ({ socket, place })).filter(({ place }) => place !== among.place) ?? []

const line = (entry: string): string => `\n    ${entry},`

const peerService = ({ place, socket }: Other): string =>
  line(`(name = "peer-${place}", external = (address = ${text(`unix:${socket}`)}, http = (capnpConnectHost = ${text(rpcHost)})))`)

const ownSocket = (among: Among): string => {
  const socket = among?.sockets[among.place]
  if (socket === undefined) return ''
  const service = '(name = "perdure", entrypoint = "Peers")'
  const address = text(`unix:${socket}`)
  return line(`(name = "peers", address = ${address}, http = (capnpConnectHost = ${text(rpcHost)}), service = ${service})`)
}

const peerBindings = (among: Among): string =>
  among === undefined
    ? ''
    : [
        line(`(name = "PERDURE_PROCESS", text = "${among.place}/${among.sockets.length}")`),
        ...othersOf(among).map(({ place }) => line(`(name = "PERDURE_PEER_${place}", service = "peer-${place}")`)),
      ].join('')
