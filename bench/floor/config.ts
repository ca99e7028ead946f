/** The bare objects' configuration: the same runtime, storage and kind of disk as the service's. */
import { compatibilityDate, compatibilityFlags } from '../../scripts/workerd-config.ts'

export interface FloorConfig {
  script: string
  data: string
  address: string
}

export const floorConfig = ({ script, data, address }: FloorConfig): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "floors", worker = .floors),
    (name = "data", disk = (path = ${JSON.stringify(data)}, writable = true)),
  ],
  sockets = [(name = "http", address = ${JSON.stringify(address)}, http = (), service = "floors")],
);

const floors :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = ${JSON.stringify(script)})],
  compatibilityDate = ${JSON.stringify(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map((flag) => JSON.stringify(flag)).join(', ')}],
  bindings = [(name = "FLOOR", durableObjectNamespace = "Floor")],
  durableObjectNamespaces = [(className = "Floor", uniqueKey = "floor", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
);
`
